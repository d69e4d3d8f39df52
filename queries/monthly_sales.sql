-- Paid orders by month over both years: how many, how much, how many cities
SELECT
    CAST(date_trunc('month', ordered_on) AS DATE) AS month,
    count(*) AS orders,
    round(sum(quantity * unit_price), 2) AS amount,
    count(DISTINCT city_id) AS cities
FROM (
    SELECT * FROM sales."2024"
    UNION ALL
    SELECT * FROM sales."2025"
) AS orders
WHERE paid
GROUP BY 1
ORDER BY month
