-- The three warmest days of each city, under the city's own name: Αθήνα, 大阪, München …
SELECT local_name, day, average_c, place
FROM (
    SELECT
        cities.local_name,
        CAST(readings.measured_at AS DATE) AS day,
        round(avg(readings.temperature_c), 1) AS average_c,
        row_number() OVER (
            PARTITION BY cities.city_id
            ORDER BY avg(readings.temperature_c) DESC, CAST(readings.measured_at AS DATE)
        ) AS place
    FROM readings
    JOIN stations ON stations.station_id = readings.station_id
    JOIN "Cities-2025" AS cities ON cities.city_id = stations.city_id
    WHERE readings.checked
    GROUP BY cities.city_id, cities.local_name, CAST(readings.measured_at AS DATE)
) AS days
WHERE place <= 3
ORDER BY local_name, place
