import { createChooser } from '../../core/generate/random.ts';

/** Where an order goes. Names are Spanish, as in the data set, and so are the blanks after some regions. */
export type Destination = {
  readonly market: string;
  readonly region: string;
  readonly country: string;
  readonly state: string;
  readonly city: string;
  /** Only in the United States. */
  readonly zipcode: string | null;
};

/** Where a customer lives; coordinates in degrees. */
export type Home = {
  readonly city: string;
  readonly state: string;
  readonly country: string;
  readonly zipcode: string;
  readonly latitude: number;
  readonly longitude: number;
};

function destinations(
  market: string,
  region: string,
  cities: readonly (readonly [string, string, string, number, string?])[],
): readonly (readonly [Destination, number])[] {
  return cities.map(([country, state, city, weight, zipcode]) => [
    { market, region, country, state, city, zipcode: zipcode ?? null },
    weight,
  ]);
}

export const chooseDestination = createChooser<Destination>([
  ...destinations('Europe', 'Western Europe', [
    ['Francia', 'Isla de Francia', 'París', 34],
    ['Francia', 'Provenza-Alpes-Costa Azul', 'Marsella', 16],
    ['Francia', 'Languedoc-Rosellón-Mediodía-Pirineos', 'Toulouse', 18],
    ['Alemania', 'Renania del Norte-Westfalia', 'Colonia', 26],
    ['Alemania', 'Hamburgo', 'Hamburgo', 12],
    ['Alemania', 'Baja Sajonia', 'Hanover', 10],
    ['Alemania', 'Berlín', 'Berlín', 14],
    ['Países Bajos', 'Holanda Septentrional', 'Amsterdam', 10],
    ['Austria', 'Viena', 'Viena', 8],
    ['Bélgica', 'Bruselas', 'Bruselas', 6],
    ['Suiza', 'Zúrich', 'Zúrich', 4],
  ]),
  ...destinations('Europe', 'Northern Europe', [
    ['Reino Unido', 'Inglaterra', 'London', 26],
    ['Reino Unido', 'Escocia', 'Glasgow', 6],
    ['Suecia', 'Västra Götaland', 'Gothenburg', 6],
    ['Noruega', 'Oslo', 'Oslo', 4],
    ['Irlanda', 'Dublín', 'Dublín', 6],
    ['Finlandia', 'Uusimaa', 'Helsinki', 3],
  ]),
  ...destinations('Europe', 'Southern Europe', [
    ['España', 'Comunidad de Madrid', 'Madrid', 16],
    ['España', 'Cataluña', 'Barcelona', 12],
    ['Italia', 'Lacio', 'Roma', 14],
    ['Italia', 'Lombardía', 'Milán', 8],
    ['Portugal', 'Lisboa', 'Lisboa', 4],
  ]),
  ...destinations('Europe', 'Eastern Europe', [
    ['Polonia', 'Mazovia', 'Varsovia', 6],
    ['Rumanía', 'Bucarest', 'Bucarest', 4],
    ['Ucrania', 'Kiev', 'Kiev', 5],
  ]),
  ...destinations('LATAM', 'Central America', [
    ['México', 'Distrito Federal', 'Mexico City', 24],
    ['México', 'Sinaloa', 'Guasave', 10],
    ['México', 'Jalisco', 'Zapopan', 12],
    ['Honduras', 'Francisco Morazán', 'Tegucigalpa', 16],
    ['El Salvador', 'San Salvador', 'San Salvador', 16],
    ['Nicaragua', 'Managua', 'Managua', 16],
    ['Guatemala', 'Guatemala', 'Guatemala City', 10],
    ['Panamá', 'Panamá', 'Panama City', 8],
  ]),
  ...destinations('LATAM', 'South America', [
    ['Brasil', 'São Paulo', 'São Paulo', 22],
    ['Brasil', 'Minas Gerais', 'Belo Horizonte', 12],
    ['Argentina', 'Buenos Aires', 'Buenos Aires', 10],
    ['Colombia', 'Bogotá', 'Bogotá', 12],
    ['Chile', 'Santiago', 'Santiago', 8],
    ['Perú', 'Lima (ciudad)', 'Lima', 8],
  ]),
  ...destinations('LATAM', 'Caribbean', [
    ['República Dominicana', 'Santo Domingo', 'Santo Domingo', 18],
    ['Cuba', 'La Habana', 'La Habana', 12],
    ['Barbados', 'Saint Michael', 'Bridgetown', 3],
  ]),
  ...destinations('Pacific Asia', 'Southeast Asia', [
    ['Indonesia', 'Java Central', 'Semarang', 14],
    ['Filipinas', 'Capital Nacional', 'Manila', 10],
    ['Tailandia', 'Bangkok', 'Bangkok', 10],
    ['Singapur', 'Singapur', 'Singapur', 5],
    ['Vietnam', 'Hà Nôi', 'Hanói', 6],
  ]),
  ...destinations('Pacific Asia', 'Eastern Asia', [
    ['China', 'Guangdong', 'Zhaoqing', 16],
    ['China', 'Jilin', 'Gongzhuling', 10],
    ['Japón', 'Tokio', 'Tokio', 10],
    ['Corea del Sur', 'Seúl', 'Seúl', 5],
  ]),
  ...destinations('Pacific Asia', 'South Asia', [
    ['India', 'Delhi', 'Delhi', 18],
    ['India', 'Maharashtra', 'Bombay', 14],
    ['Pakistán', 'Punyab', 'Lahore', 6],
    ['Bangladés', 'Daca', 'Daca', 6],
  ]),
  ...destinations('Pacific Asia', 'Oceania', [
    ['Australia', 'Nueva Gales del Sur', 'Sídney', 18],
    ['Australia', 'Victoria', 'Melbourne', 12],
    ['Nueva Zelanda', 'Auckland', 'Auckland', 6],
  ]),
  ...destinations('Pacific Asia', 'West Asia', [
    ['Turquía', 'Estambul', 'Estambul', 14],
    ['Irán', 'Teherán', 'Teherán', 6],
    ['Arabia Saudí', 'Riad', 'Riad', 4],
  ]),
  ...destinations('USCA', 'West of USA ', [
    ['Estados Unidos', 'California', 'Los Angeles', 14, '90036'],
    ['Estados Unidos', 'California', 'San Francisco', 8, '94122'],
    ['Estados Unidos', 'Washington', 'Seattle', 8, '98103'],
  ]),
  ...destinations('USCA', 'East of USA', [
    ['Estados Unidos', 'Nueva York', 'New York City', 16, '10009'],
    ['Estados Unidos', 'Pensilvania', 'Philadelphia', 9, '19140'],
    ['Estados Unidos', 'Nuevo Hampshire', 'Concord', 2, '03301'],
  ]),
  ...destinations('USCA', 'US Center ', [
    ['Estados Unidos', 'Illinois', 'Chicago', 10, '60610'],
    ['Estados Unidos', 'Texas', 'Houston', 11, '77036'],
  ]),
  ...destinations('USCA', 'South of  USA ', [
    ['Estados Unidos', 'Florida', 'Miami', 6, '33178'],
    ['Estados Unidos', 'Tennessee', 'Nashville', 5, '37211'],
  ]),
  ...destinations('USCA', 'Canada', [
    ['Canada', 'Ontario', 'Toronto', 4],
    ['Canada', 'Quebec', 'Montreal', 2],
  ]),
  ...destinations('Africa', 'West Africa', [
    ['Nigeria', 'Lagos', 'Lagos', 10],
    ['Costa de Marfil', 'Abiyán', 'Abiyán', 5],
  ]),
  ...destinations('Africa', 'North Africa', [
    ['Egipto', 'El Cairo', 'El Cairo', 7],
    ['Marruecos', 'Gran Casablanca', 'Casablanca', 7],
  ]),
  ...destinations('Africa', 'Southern Africa', [['SudAfrica', 'Gauteng', 'Johannesburgo', 6]]),
  ...destinations('Africa', 'East Africa', [['Kenia', 'Nairobi', 'Nairobi', 6]]),
  ...destinations('Africa', 'Central Africa', [
    ['Camerún', 'Centro', 'Yaundé', 3],
    ['República Democrática del Congo', 'Kinsasa', 'Kinsasa', 5],
  ]),
]);

function home(city: string, state: string, zipcode: string, latitude: number, longitude: number): Home {
  const country = state === 'PR' ? 'Puerto Rico' : 'EE. UU.';
  return { city, state, country, zipcode, latitude, longitude };
}

/** A third live in Caguas: in the data set these are the customers of the web shop's own warehouse. */
export const chooseHome = createChooser<Home>([
  [home('Caguas', 'PR', '00725', 18.2341, -66.0485), 330],
  [home('Bayamon', 'PR', '00957', 18.3801, -66.1831), 8],
  [home('Arecibo', 'PR', '00612', 18.4725, -66.7157), 4],
  [home('Chicago', 'IL', '60615', 41.8022, -87.602), 36],
  [home('Chicago', 'IL', '60624', 41.8804, -87.7223), 20],
  [home('Los Angeles', 'CA', '90033', 34.0505, -118.2121), 32],
  [home('Los Angeles', 'CA', '90019', 34.0493, -118.3356), 22],
  [home('Brooklyn', 'NY', '11218', 40.6424, -73.9758), 26],
  [home('Brooklyn', 'NY', '11236', 40.6391, -73.9027), 18],
  [home('New York', 'NY', '10009', 40.7263, -73.9786), 30],
  [home('Bronx', 'NY', '10467', 40.8701, -73.8657), 22],
  [home('Philadelphia', 'PA', '19134', 39.991, -75.1118), 20],
  [home('San Diego', 'CA', '92117', 32.825, -117.1986), 20],
  [home('Houston', 'TX', '77015', 29.7784, -95.1813), 20],
  [home('Miami', 'FL', '33126', 25.7795, -80.2973), 18],
  [home('San Jose', 'CA', '95127', 37.3693, -121.8201), 14],
  [home('Aurora', 'CO', '80012', 39.6987, -104.8378), 14],
  [home('Aurora', 'IL', '60506', 41.7664, -88.3446), 8],
  [home('Hyattsville', 'MD', '20783', 38.9996, -76.9686), 12],
  [home('Germantown', 'MD', '20874', 39.1361, -77.2824), 10],
  [home('Phoenix', 'AZ', '85033', 33.4943, -112.2134), 14],
  [home('Las Vegas', 'NV', '89108', 36.2044, -115.2233), 14],
  [home('Columbus', 'OH', '43229', 40.0855, -82.9767), 12],
  [home('Detroit', 'MI', '48227', 42.3884, -83.1937), 14],
  [home('Dallas', 'TX', '75228', 32.825, -96.6784), 12],
  [home('El Paso', 'TX', '79936', 31.7767, -106.2969), 14],
  [home('Fresno', 'CA', '93722', 36.7918, -119.8805), 14],
  [home('Edison', 'NJ', '08817', 40.5256, -74.3942), 8],
  [home('New Brunswick', 'NJ', '08901', 40.4863, -74.4441), 8],
  [home('Memphis', 'TN', '38127', 35.2191, -90.0251), 8],
  [home('Atlanta', 'GA', '30331', 33.7225, -84.5202), 8],
  [home('Brockton', 'MA', '02301', 42.0834, -71.0184), 8],
  [home('Lawrence', 'MA', '01841', 42.7111, -71.1662), 6],
  [home('Chesapeake', 'VA', '23322', 36.6411, -76.2277), 8],
  [home('Charlotte', 'NC', '28205', 35.2201, -80.7881), 8],
  [home('Milwaukee', 'WI', '53215', 42.9997, -87.9427), 8],
  [home('Kenner', 'LA', '70065', 30.038, -90.2569), 8],
  [home('Albuquerque', 'NM', '87111', 35.1348, -106.5272), 8],
  [home('Beaverton', 'OR', '97007', 45.4505, -122.8652), 8],
  [home('Honolulu', 'HI', '96818', 21.3526, -157.9267), 6],
]);
