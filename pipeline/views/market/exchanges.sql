-- International exchanges with Ecuador and Venezuela, GWh.
--
-- XM nets each link every hour: an hour has an export or an import, never both, and an hour without flow has no row.
-- So hours < 24 does not mean an unfinished day here, and on a day with one direction only the other one was zero.
-- A day with no row in either has no figure: XM may simply not have published it.

CREATE OR REPLACE VIEW exchange_daily AS
SELECT coalesce(i.day, e.day) AS day,
       coalesce(i.value, 0) AS import_gwh,
       coalesce(e.value, 0) AS export_gwh,
       tidy(coalesce(i.value, 0) - coalesce(e.value, 0)) AS net_import_gwh,
       worse_quality(i.quality, e.quality) AS quality
FROM (SELECT * FROM "ImpoEner_daily" WHERE entity = 'Sistema') AS i
FULL JOIN (SELECT * FROM "ExpoEner_daily" WHERE entity = 'Sistema') AS e ON e.day = i.day;

-- What met the demand, in palette order of the boards: generation by fuel, with imports on top.
CREATE OR REPLACE VIEW supply_daily AS
SELECT day, source, gwh, quality
FROM generation_mix_daily
WHERE split = 'fuel'
UNION ALL
SELECT x.day, 'Importación', x.import_gwh, worse_quality(x.quality, m.quality)
FROM exchange_daily AS x
JOIN mix_day AS m USING (day)
WHERE (SELECT max(import_gwh) FROM exchange_daily) > 0;

-- Energy of the two directions, their value and what a kWh was worth. Money over energy: MCOP / GWh = COP/kWh. A price
-- exists only where XM has published both the energy and the money of that day. ImportMonedaUSD and ExportMonedaUSD are
-- thousand dollars (XM labels them COP): pesos / dollars = the official exchange rate of the day (2024-05-03: 3,898.62).
CREATE OR REPLACE VIEW exchange_money_daily AS
WITH money AS (
    SELECT day,
           sum(value) FILTER (WHERE metric = 'ExpoMoneda') AS export_mcop,
           sum(value) FILTER (WHERE metric = 'ExportMonedaUSD') AS export_kusd,
           sum(value) FILTER (WHERE metric = 'ImportMonedaCOP') AS import_mcop,
           sum(value) FILTER (WHERE metric = 'ImportMonedaUSD') AS import_kusd,
           worst_of(quality) AS quality
    FROM (
        SELECT 'ExpoMoneda' AS metric, * FROM "ExpoMoneda_daily"
        UNION ALL SELECT 'ExportMonedaUSD', * FROM "ExportMonedaUSD_daily"
        UNION ALL SELECT 'ImportMonedaCOP', * FROM "ImportMonedaCOP_daily"
        UNION ALL SELECT 'ImportMonedaUSD', * FROM "ImportMonedaUSD_daily"
    )
    WHERE entity = 'Sistema'
    GROUP BY day
)
SELECT day, e.import_gwh, e.export_gwh, e.net_import_gwh,
       m.import_mcop, m.import_kusd, m.export_mcop, m.export_kusd,
       tidy(m.export_mcop / nullif(CASE WHEN m.export_mcop IS NOT NULL THEN e.export_gwh END, 0)) AS export_price,
       tidy(m.import_mcop / nullif(CASE WHEN m.import_mcop IS NOT NULL THEN e.import_gwh END, 0)) AS import_price,
       tidy(m.export_mcop * 1000 / nullif(m.export_kusd, 0)) AS exchange_rate,
       e.quality AS energy_quality,
       CASE WHEN m.quality IS NOT NULL THEN worse_quality(e.quality, m.quality) END AS money_quality
FROM exchange_daily AS e
LEFT JOIN money AS m USING (day);

-- Country of a link by its name in XM: 'ECUADOR 230', 'ECUADOR 138'; the links to Venezuela carry the name of their
-- substation or line. A link with another name stays visible as 'Sin identificar'.
CREATE OR REPLACE MACRO link_country(link) AS
    CASE WHEN folded(link) LIKE '%ECUADOR%' THEN 'Ecuador'
         WHEN regexp_matches(folded(link), 'VENEZUELA|CUATRICENTENARIO|COROZO|CADAFE|SAN MATEO|ZULIA|LA FRIA')
             THEN 'Venezuela'
         ELSE 'Sin identificar' END;

-- Each link and day. XM nets the link every hour, so both directions of a day are sums of different hours.
CREATE OR REPLACE TABLE exchange_link_daily AS
SELECT day, link, link_country(link) AS country,
       coalesce(sum(value) FILTER (WHERE metric = 'ImpoEner'), 0) AS import_gwh,
       coalesce(sum(value) FILTER (WHERE metric = 'ExpoEner'), 0) AS export_gwh,
       sum(value) FILTER (WHERE metric = 'ImpoMoneda') AS import_mcop,
       sum(value) FILTER (WHERE metric = 'ExpoMoneda') AS export_mcop,
       worst_of(quality) AS quality
FROM (
    SELECT 'ImpoEner' AS metric, code AS link, * EXCLUDE (code) FROM "ImpoEner_daily"
    UNION ALL SELECT 'ExpoEner', code, * EXCLUDE (code) FROM "ExpoEner_daily"
    UNION ALL SELECT 'ImpoMoneda', code, * EXCLUDE (code) FROM "ImpoMoneda_daily"
    UNION ALL SELECT 'ExpoMoneda', code, * EXCLUDE (code) FROM "ExpoMoneda_daily"
)
WHERE entity = 'Enlace'
GROUP BY day, link
ORDER BY day, link;

-- Hours in which a link reports both directions: none, if XM nets them as it says. The check is shown on the board.
CREATE OR REPLACE VIEW exchange_link_check AS
SELECT l.link,
       CAST(count(*) AS INTEGER) AS hours,
       CAST(count(*) FILTER (WHERE l.directions > 1) AS INTEGER) AS both_ways
FROM (
    SELECT code AS link, ts, count(DISTINCT way) AS directions
    FROM (
        SELECT code, ts, 'in' AS way FROM "ImpoEner" WHERE entity = 'Enlace' AND value <> 0
        UNION ALL
        SELECT code, ts, 'out' FROM "ExpoEner" WHERE entity = 'Enlace' AND value <> 0
    )
    GROUP BY code, ts
) AS l
GROUP BY l.link;

-- What each link has moved since the first day of the portal's data, and when it last did.
CREATE OR REPLACE VIEW exchange_link_total AS
SELECT d.link, d.country, min(d.day) AS first_day, max(d.day) AS last_day,
       max(d.day) FILTER (WHERE d.export_gwh > 0) AS last_export,
       max(d.day) FILTER (WHERE d.import_gwh > 0) AS last_import,
       tidy(sum(d.export_gwh)) AS export_gwh, tidy(sum(d.import_gwh)) AS import_gwh,
       sum(d.export_mcop) AS export_mcop, sum(d.import_mcop) AS import_mcop,
       any_value(c.both_ways) AS both_ways
FROM exchange_link_daily AS d
LEFT JOIN exchange_link_check AS c USING (link)
WHERE quotable(d.quality)
GROUP BY d.link, d.country;

-- Months from quotable days. Prices of the month: money over energy of the days that have both.
CREATE OR REPLACE VIEW exchange_monthly AS
SELECT CAST(date_trunc('month', day) AS DATE) AS month,
       tidy(sum(import_gwh)) AS import_gwh,
       tidy(sum(export_gwh)) AS export_gwh,
       tidy(sum(net_import_gwh)) AS net_import_gwh,
       sum(export_mcop) AS export_mcop,
       sum(import_mcop) AS import_mcop,
       tidy(sum(export_mcop) / nullif(sum(export_gwh) FILTER (WHERE export_mcop IS NOT NULL), 0)) AS export_price,
       tidy(sum(import_mcop) / nullif(sum(import_gwh) FILTER (WHERE import_mcop IS NOT NULL), 0)) AS import_price,
       CAST(count(*) AS INTEGER) AS days
FROM exchange_money_daily
WHERE quotable(energy_quality)
GROUP BY date_trunc('month', day);

-- The two rule books: TIE with Ecuador (Res. CREG 004 de 2003) and the sales for Venezuela ('Int'). Energy and money
-- that generators sold in the spot market for each, and the settlement balances of the TIE (they may be negative).
CREATE OR REPLACE VIEW exchange_scheme_monthly AS
SELECT CAST(date_trunc('month', day) AS DATE) AS month,
       tidy(sum(value) FILTER (WHERE metric = 'VentBolsaTIEEner')) AS tie_gwh,
       sum(value) FILTER (WHERE metric = 'VentBolsaTIEMoneda') AS tie_mcop,
       tidy(sum(value) FILTER (WHERE metric = 'VentBolsaIntEner')) AS int_gwh,
       sum(value) FILTER (WHERE metric = 'VentBolsaIntMoneda') AS int_mcop,
       sum(value) FILTER (WHERE metric = 'SnTIEMerito') AS balance_merit_mcop,
       sum(value) FILTER (WHERE metric = 'SnTIEFueraMerito') AS balance_out_mcop
FROM (
    SELECT 'VentBolsaTIEEner' AS metric, * FROM "VentBolsaTIEEner_daily"
    UNION ALL SELECT 'VentBolsaTIEMoneda', * FROM "VentBolsaTIEMoneda_daily"
    UNION ALL SELECT 'VentBolsaIntEner', * FROM "VentBolsaIntEner_daily"
    UNION ALL SELECT 'VentBolsaIntMoneda', * FROM "VentBolsaIntMoneda_daily"
    UNION ALL SELECT 'SnTIEMerito', * FROM "SnTIEMerito_daily"
    UNION ALL SELECT 'SnTIEFueraMerito', * FROM "SnTIEFueraMerito_daily"
)
WHERE entity = 'Sistema' AND quotable(quality)
GROUP BY date_trunc('month', day);
