-- The routes that were ridden most, with the names of their stations and the usual distance
SELECT
    start.station_id || ' ' || start.name AS from_station,
    finish.station_id || ' ' || finish.name AS to_station,
    count(*) AS rides,
    round(avg(trips.distance_km), 2) AS average_km,
    sum(CASE WHEN trips.member THEN 1 ELSE 0 END) AS member_rides
FROM trips
JOIN stations AS start ON start.station_id = trips.from_station
JOIN stations AS finish ON finish.station_id = trips.to_station
GROUP BY 1, 2
ORDER BY rides DESC, from_station, to_station
LIMIT 20
