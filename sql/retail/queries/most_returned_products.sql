-- Which products that sell well come back the most?
select
    stock_code,
    description,
    units_sold,
    returned_units,
    returned_value,
    return_rate
from ${gold}.product_analytics
where returned_units > 0 and abc_class in ('A', 'B')
order by returned_value desc, stock_code asc
limit 10
