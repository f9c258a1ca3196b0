-- Demand of electricity.
--
-- XM publishes three demands that are not the same thing (XM, ListadoMetricas; checked on 9,677 days of 2000-2026):
--   DemaSIN   daily, national: DemaSIN = Gene + ImpoEner - ExpoEner + unserved demand. The headline of the portal.
--   DemaCome  hourly, commercial: DemaCome = Gene + ImpoEner, so it includes exports; DemaCome = DemaReal + PerdidasEner.
--   DemaReal  hourly, of regulated and non-regulated users (no street lighting). Gives the hourly shape and the peak.
-- Stored unit GWh. The two newest days of any of them hold a fraction of the energy: preliminary.

CREATE OR REPLACE VIEW demand_daily AS
SELECT day, value AS gwh, day_quality(hours, quality) AS quality
FROM "DemaSIN_daily"
WHERE entity = 'Sistema';

CREATE OR REPLACE VIEW demand_real_daily AS
SELECT day, value AS gwh, hours, day_quality(hours, quality) AS quality
FROM "DemaReal_daily"
WHERE entity = 'Sistema';

CREATE OR REPLACE VIEW demand_commercial_daily AS
SELECT day, value AS gwh, hours, day_quality(hours, quality) AS quality
FROM "DemaCome_daily"
WHERE entity = 'Sistema';

-- Highest hour of the day. Energy of one hour [GWh] x 1000 = mean power of that hour [MW].
-- Ties go to the earlier hour. Not DemaMaxPot, which XM publishes weeks later.
CREATE OR REPLACE TABLE demand_peak_daily AS
SELECT CAST(h.ts AS DATE) AS day,
       tidy(max(h.value) * 1000) AS peak_mw,
       CAST(arg_max(hour(h.ts), (h.value, -hour(h.ts))) AS INTEGER) AS peak_hour,
       d.quality
FROM "DemaReal" AS h
JOIN demand_real_daily AS d ON d.day = CAST(h.ts AS DATE)
WHERE h.entity = 'Sistema'
GROUP BY ALL
ORDER BY day;

-- Energy of each calendar year, with the number of days it adds up: a year is whole when days = days_in_year.
-- Days that may not be quoted stay out of the sum. Reference: 2023 = 79,982 GWh (SINERGOX, DemaSIN).
CREATE OR REPLACE VIEW demand_yearly AS
SELECT CAST(year(day) AS INTEGER) AS year,
       tidy(sum(gwh)) AS gwh,
       CAST(count(*) AS INTEGER) AS days,
       CAST(date_diff('day', make_date(year(day), 1, 1), make_date(year(day) + 1, 1, 1)) AS INTEGER) AS days_in_year,
       tidy(avg(gwh)) AS gwh_per_day,
       max(gwh) AS max_gwh,
       arg_max(day, (gwh, -epoch(day))) AS max_day
FROM demand_daily
WHERE quotable(quality)
GROUP BY year(day)
ORDER BY year;
