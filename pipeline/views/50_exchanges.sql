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
       CASE WHEN i.quality = 'provisional' OR e.quality = 'provisional' THEN 'provisional'
            WHEN i.quality = 'corrected' OR e.quality = 'corrected' THEN 'corrected' ELSE 'ok' END AS quality
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
