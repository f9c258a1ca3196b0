-- What each settlement version said of the spot price, COP/kWh (SIMEM EC6945).
--
-- ASIC settles every hour several times: TX1 and TX2 within days, TXR before the invoice, TXF with it, and sometimes
-- adjustments afterwards (TX3 and on). One row an hour, a column a version, NULL where a version was not published.
-- `latest` is the version in force by SIMEM's calendar (24914F), else the highest declared one (catalog/vocabularies).
-- `max_change` is the distance between the lowest and the highest version of the hour.

CREATE OR REPLACE VIEW price_versions AS
SELECT v.ts,
       max(v.value) FILTER (WHERE v.version = 'TX1') AS tx1,
       max(v.value) FILTER (WHERE v.version = 'TX2') AS tx2,
       max(v.value) FILTER (WHERE v.version = 'TXR') AS txr,
       max(v.value) FILTER (WHERE v.version = 'TXF') AS txf,
       max(v.value) FILTER (WHERE v.version = 'TX3') AS tx3,
       max(v.value) FILTER (WHERE v.version = 'TX4') AS tx4,
       max(v.value) FILTER (WHERE v.version = 'TX5') AS tx5,
       max(v.value) FILTER (WHERE v.version = 'TX6') AS tx6,
       max(v.value) FILTER (WHERE v.version = 'TX7') AS tx7,
       max(v.value) FILTER (WHERE v.version = 'TX8') AS tx8,
       any_value(l.value) AS latest,
       any_value(l.version) AS latest_version,
       CAST(count(*) AS INTEGER) AS versions,
       tidy(max(v.value) - min(v.value)) AS max_change
FROM "PB_Nal_versions" AS v
JOIN "PB_Nal" AS l ON l.ts = v.ts AND l.entity = v.entity AND l.code = v.code
WHERE v.entity = 'Sistema'
GROUP BY v.ts;

-- The mean of each whole day in its first version and in the one in force, and how far the day moved.
CREATE OR REPLACE TABLE price_versions_by_day AS
SELECT CAST(ts AS DATE) AS day,
       tidy(avg(tx1)) AS tx1,
       tidy(avg(latest)) AS latest,
       CASE WHEN count(DISTINCT latest_version) = 1 THEN any_value(latest_version) END AS latest_version,
       CAST(max(versions) AS INTEGER) AS versions,
       tidy(avg(latest) - avg(tx1)) AS difference,
       tidy(pct_change(avg(latest), avg(tx1))) AS difference_pct,
       tidy(max(max_change)) AS max_change
FROM price_versions
GROUP BY CAST(ts AS DATE)
HAVING count(tx1) = 24 AND count(latest) = 24
ORDER BY day;

-- By month: how much the settlement moved the price, in the months of which every day has its first version.
CREATE OR REPLACE VIEW price_versions_by_month AS
SELECT CAST(date_trunc('month', day) AS DATE) AS month,
       tidy(avg(tx1)) AS tx1,
       tidy(avg(latest)) AS latest,
       tidy(avg(latest) - avg(tx1)) AS difference,
       tidy(pct_change(avg(latest), avg(tx1))) AS difference_pct,
       max(max_change) AS max_change,
       string_agg(DISTINCT latest_version, ', ' ORDER BY latest_version) AS latest_versions,
       CAST(count(*) AS INTEGER) AS days
FROM price_versions_by_day
GROUP BY ALL
ORDER BY month;
