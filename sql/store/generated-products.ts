import { formatCents, quoteField } from '../../core/generate/csv-text.ts';
import { attributeOf } from '../../core/generate/random.ts';

/** A product before it is written; money in cents. */
export type Product = {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly subCategory: string;
  readonly brand: string;
  readonly listPrice: number;
  readonly unitCost: number;
  readonly isActive: boolean;
};

export const PRODUCT_HEADER =
  'product_id,product_name,category,sub_category,brand,list_price,unit_cost,is_active\n';

type Range = {
  readonly category: string;
  /** Cents. */
  readonly cheapest: number;
  readonly dearest: number;
  /** Cost as a share of the price, at least and at most. */
  readonly cost: readonly [number, number];
  readonly brands: readonly string[];
  readonly subCategories: readonly (readonly [string, readonly string[]])[];
};

const RANGES: readonly Range[] = [
  {
    category: 'Electronics',
    cheapest: 1_499,
    dearest: 89_900,
    cost: [0.68, 0.84],
    brands: ['Voltia', 'Northwave', 'Kestrel', 'Lumio'],
    subCategories: [
      ['Audio', ['Wireless Earbuds', 'Bluetooth Speaker', 'Over-Ear Headphones', 'Soundbar']],
      ['Computing', ['Mechanical Keyboard', 'Wireless Mouse', '27" Monitor', 'USB-C Dock']],
      ['Mobile', ['Power Bank', 'Smartwatch', 'Tablet', 'Phone Case']],
      ['Smart Home', ['Security Camera', 'Smart Plug', 'Video Doorbell', 'LED Bulb']],
      ['Photo', ['Action Camera', 'Tripod', 'Memory Card, 128 GB', 'Ring Light']],
    ],
  },
  {
    category: 'Clothing',
    cheapest: 899,
    dearest: 18_900,
    cost: [0.38, 0.55],
    brands: ['Alder & Finch', 'Marlow', 'Tidewater', 'Copperleaf'],
    subCategories: [
      ['Tops', ['Cotton T-Shirt', 'Linen Shirt', 'Merino Sweater', 'Zip Hoodie']],
      ['Bottoms', ['Slim Jeans', 'Chino Trousers', 'Pleated Skirt', 'Running Shorts']],
      ['Outerwear', ['Rain Jacket', 'Wool Coat', 'Quilted Vest', 'Denim Jacket']],
      ['Footwear', ['Canvas Sneakers', 'Chelsea Boots', 'Trail Shoes', 'Slippers']],
      ['Accessories', ['Leather Belt', 'Knit Beanie', 'Silk Scarf', 'Crew Socks, 5 Pack']],
    ],
  },
  {
    category: 'Home & Kitchen',
    cheapest: 699,
    dearest: 34_900,
    cost: [0.48, 0.66],
    brands: ['Hearthside', 'Oak & Clay', 'Brightwell', 'Casa Verde'],
    subCategories: [
      ['Cookware', ['Cast Iron Skillet', 'Saucepan Set', 'Baking Sheet', 'Dutch Oven']],
      ['Appliances', ['Espresso Machine', 'Electric Kettle', 'Stand Mixer', 'Toaster']],
      ['Bedding', ['Duvet Cover', 'Memory Foam Pillow', 'Fitted Sheet', 'Throw Blanket']],
      ['Storage', ['Glass Jars, Set of 6', 'Laundry Basket', 'Shoe Rack', 'Drawer Organizer']],
      ['Decor', ['Scented Candle', 'Table Lamp', 'Wall Clock', 'Ceramic Vase']],
    ],
  },
  {
    category: 'Sports & Outdoors',
    cheapest: 799,
    dearest: 42_900,
    cost: [0.52, 0.7],
    brands: ['Ridgeline', 'Peakform', 'Blue Heron', 'Stride'],
    subCategories: [
      ['Fitness', ['Yoga Mat', 'Adjustable Dumbbells', 'Resistance Bands', 'Foam Roller']],
      ['Camping', ['Two-Person Tent', 'Sleeping Bag', 'Camping Stove', 'Headlamp']],
      ['Cycling', ['Bike Helmet', 'Floor Pump', 'Bike Lights', 'Pannier Bag']],
      ['Running', ['Hydration Vest', 'Running Belt', 'Sports Watch', 'Reflective Vest']],
      ['Water Sports', ['Swim Goggles', 'Dry Bag', 'Paddle Board', 'Snorkel Set']],
    ],
  },
  {
    category: 'Books & Toys',
    cheapest: 499,
    dearest: 8_990,
    cost: [0.5, 0.62],
    brands: ['Paper Lantern', 'Foxglove Press', 'Little Comet', 'Tumbletown'],
    subCategories: [
      ['Fiction', ['Mystery Novel', 'Science Fiction Trilogy', 'Short Stories', 'Historical Novel']],
      ['Non-Fiction', ['Cookbook', 'Travel Guide', 'Biography', 'Gardening Handbook']],
      ['Children', ['Picture Book', 'Sticker Book', 'Bedtime Stories', 'Activity Pad']],
      ['Games', ['Board Game', 'Card Game', '1000 Piece Puzzle', 'Dice Set']],
      ['Toys', ['Building Blocks', 'Plush Bear', 'Wooden Train', 'Science Kit']],
    ],
  },
];

const KIND = { price: 21, cost: 22, brand: 23, active: 24 } as const;

/** `perCategory` products in each of the five categories, each made from its number alone. */
export type Assortment = {
  readonly count: number;
  productAt(index: number): Product;
};

export function createAssortment(seed: number, perCategory: number): Assortment {
  return {
    count: RANGES.length * perCategory,
    productAt: (index) =>
      makeProduct(seed, RANGES[Math.floor(index / perCategory)]!, index % perCategory, index),
  };
}

function makeProduct(seed: number, range: Range, place: number, index: number): Product {
  const [subCategory, things] = range.subCategories[place % range.subCategories.length]!;
  const round = Math.floor(place / range.subCategories.length);
  const thing = things[round % things.length]!;
  // A second product of a kind is another model of it.
  const model = Math.floor(round / things.length);
  const brand = range.brands[Math.floor(attributeOf(seed, KIND.brand, index) * range.brands.length)]!;
  const listPrice = priceOf(range, attributeOf(seed, KIND.price, index));
  const [least, most] = range.cost;
  const costShare = least + (most - least) * attributeOf(seed, KIND.cost, index);
  return {
    id: `P${String(index + 1).padStart(5, '0')}`,
    name: `${brand} ${thing}${model === 0 ? '' : ` Mk ${model + 1}`}`,
    category: range.category,
    subCategory,
    brand,
    listPrice,
    unitCost: Math.round(listPrice * costShare),
    isActive: attributeOf(seed, KIND.active, index) < 0.94,
  };
}

/** Many cheap and few dear ones, at prices that end in 99, 49 or 00. */
function priceOf(range: Range, share: number): number {
  const price = range.cheapest * (range.dearest / range.cheapest) ** (share ** 1.4);
  if (price < 2_000) {
    return Math.round(price / 50) * 50 - 1;
  }
  return price < 20_000 ? Math.round(price / 100) * 100 - 1 : Math.round(price / 1_000) * 1_000;
}

export function formatProduct(product: Product): readonly string[] {
  return [
    product.id,
    quoteField(product.name),
    quoteField(product.category),
    product.subCategory,
    product.brand,
    formatCents(product.listPrice),
    formatCents(product.unitCost),
    product.isActive ? 'true' : 'false',
  ];
}
