-- Reliability charge (cargo por confiabilidad): firm energy, obligations, what they are paid and how they are backed.
--
-- ENFICC (XM): energy a plant can deliver every day through a year of low hydrology. ObligEnerFirme (OEF): what it must
-- deliver each day when the spot price passes the scarcity price (Res. CREG 071 de 2006). On the newest days XM lists
-- every plant with zero: rows not settled yet, not a country without firm energy; a zero total is provisional here.
-- Cover: against the demand of the SIN of that same day; it says how large the obligations are, not what happens in a
-- drought. Reference (XM, 2024-04-30): ENFICC 243.530 GWh, OEF 242.614 GWh, RRID 15,936 million COP.

CREATE OR REPLACE TABLE firm_daily AS
WITH sums AS (
    SELECT day,
           sum(value) FILTER (WHERE metric = 'ENFICC') AS enficc_gwh,
           sum(value) FILTER (WHERE metric = 'ObligEnerFirme') AS oef_gwh,
           sum(value) FILTER (WHERE metric = 'DDVContratada') AS ddv_gwh,
           worst_of(CASE WHEN metric = 'ENFICC' THEN quality END) AS enficc_quality,
           worst_of(CASE WHEN metric = 'ObligEnerFirme' THEN quality END) AS oef_quality,
           worst_of(CASE WHEN metric = 'DDVContratada' THEN quality END) AS ddv_quality
    FROM (
        SELECT 'ENFICC' AS metric, day, value, quality FROM "ENFICC_daily" WHERE entity = 'Sistema'
        UNION ALL
        SELECT 'ObligEnerFirme', day, value, quality FROM "ObligEnerFirme_daily" WHERE entity = 'Recurso'
        UNION ALL
        SELECT 'DDVContratada', day, value, quality FROM "DDVContratada_daily" WHERE entity = 'Recurso'
    )
    GROUP BY day
)
SELECT s.day, tidy(s.enficc_gwh) AS enficc_gwh, tidy(s.oef_gwh) AS oef_gwh, tidy(s.ddv_gwh) AS ddv_gwh,
       d.gwh AS demand_gwh,
       CASE WHEN s.enficc_gwh = 0 THEN 'provisional' WHEN s.enficc_gwh > 0 THEN s.enficc_quality END AS enficc_quality,
       CASE WHEN s.oef_gwh = 0 THEN 'provisional' WHEN s.oef_gwh > 0 THEN s.oef_quality END AS oef_quality,
       CASE WHEN s.oef_gwh = 0 THEN 'provisional' WHEN s.ddv_gwh IS NOT NULL THEN s.ddv_quality END AS ddv_quality,
       d.quality AS demand_quality
FROM sums AS s
LEFT JOIN demand_daily AS d USING (day)
ORDER BY s.day;

-- Firm energy and obligations against the demand of the same day [%].
CREATE OR REPLACE VIEW firm_cover_daily AS
SELECT day, enficc_gwh, oef_gwh, demand_gwh,
       tidy(enficc_gwh / nullif(demand_gwh, 0) * 100) AS enficc_cover_pct,
       tidy(oef_gwh / nullif(demand_gwh, 0) * 100) AS oef_cover_pct,
       worse_quality(enficc_quality, demand_quality) AS enficc_quality,
       worse_quality(oef_quality, demand_quality) AS oef_quality
FROM firm_daily
WHERE demand_gwh IS NOT NULL;

-- What the obligations are paid. RRID: real daily remuneration [million COP]. Unit price: PrecCargConf weighted by the
-- obligation of each plant [COP/kWh] (XM labels it USD; pesos times obligations give the RRID within 1.5 %: on
-- 2024-04-30 16,132 against 15,936 million).
CREATE OR REPLACE VIEW firm_price_daily AS
SELECT o.day,
       tidy(sum(p.value * o.value) / nullif(sum(o.value) FILTER (WHERE p.value IS NOT NULL), 0)) AS price,
       sum(p.value * o.value) AS own_mcop,
       any_value(r.value) AS rrid_mcop,
       tidy(pct_change(sum(p.value * o.value), any_value(r.value))) AS difference_pct,
       CASE WHEN sum(o.value) = 0 THEN 'provisional'
            ELSE worse_quality(worst_of(o.quality), any_value(r.quality)) END AS quality
FROM "ObligEnerFirme_daily" AS o
LEFT JOIN "PrecCargConf_daily" AS p ON p.day = o.day AND p.code = o.code AND p.entity = 'Recurso'
LEFT JOIN "RemuRealIndiv_daily" AS r ON r.day = o.day AND r.entity = 'Sistema'
WHERE o.entity = 'Recurso'
GROUP BY o.day;

-- CERE and CEE, one value a month [COP/kWh].
CREATE OR REPLACE VIEW firm_energy_cost_monthly AS
SELECT CAST(day AS DATE) AS month, 'CERE (real)' AS series, value AS price, quality
FROM "CERE_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT CAST(day AS DATE), 'CEE (estimado)', value, quality FROM "CEE_daily" WHERE entity = 'Sistema';

-- Backup contracts between plants [GWh a day]. XM labels them COP; the figures are round quantities of the size of each
-- obligation, and purchases equal sales (2024-04-29: both 4.8 GWh), so the portal reads them as energy.
CREATE OR REPLACE VIEW backup_daily AS
SELECT coalesce(c.day, v.day) AS day, c.value AS bought_gwh, v.value AS sold_gwh,
       worse_quality(c.quality, v.quality) AS quality
FROM (SELECT * FROM "ComContRespEner_daily" WHERE entity = 'Sistema') AS c
FULL JOIN (SELECT * FROM "VentContRespEner_daily" WHERE entity = 'Sistema') AS v ON v.day = c.day;

-- The last day on which both firm energy and obligations are settled.
CREATE OR REPLACE VIEW firm_last_day AS
SELECT max(day) AS day FROM firm_daily
WHERE quotable(enficc_quality) AND quotable(oef_quality) HAVING max(day) IS NOT NULL;

-- Each plant on that day. A plant with neither firm energy nor obligation takes no part in the charge.
CREATE OR REPLACE VIEW firm_plant AS
WITH parts AS (
    SELECT code,
           sum(value) FILTER (WHERE metric = 'ENFICC') AS enficc_gwh,
           sum(value) FILTER (WHERE metric = 'ObligEnerFirme') AS oef_gwh,
           sum(value) FILTER (WHERE metric = 'DDVContratada') AS ddv_gwh
    FROM (
        SELECT 'ENFICC' AS metric, * FROM "ENFICC_daily"
        UNION ALL SELECT 'ObligEnerFirme', * FROM "ObligEnerFirme_daily"
        UNION ALL SELECT 'DDVContratada', * FROM "DDVContratada_daily"
    ) JOIN firm_last_day USING (day)
    WHERE entity = 'Recurso'
    GROUP BY code
)
SELECT l.day, f.code, coalesce(p.name, f.code) AS plant,
       coalesce(p.technology, 'Sin clasificar') AS technology, coalesce(p.fuel, 'Sin clasificar') AS fuel,
       f.enficc_gwh, f.oef_gwh, f.ddv_gwh,
       tidy(f.enficc_gwh / nullif(sum(f.enficc_gwh) OVER (), 0) * 100) AS enficc_share_pct,
       tidy(f.oef_gwh / nullif(f.enficc_gwh, 0) * 100) AS committed_pct
FROM parts AS f
CROSS JOIN firm_last_day AS l
LEFT JOIN plant AS p USING (code)
WHERE f.enficc_gwh > 0 OR f.oef_gwh > 0 OR f.ddv_gwh > 0;

-- Firm energy and obligations against the mean demand of the seven days up to theirs, so that a Sunday is no surplus [GWh].
CREATE OR REPLACE VIEW firm_margin AS
SELECT f.day, f.enficc_gwh, f.oef_gwh, tidy(d.gwh) AS demand_gwh, worse_quality(f.enficc_quality, f.oef_quality) AS quality,
       tidy(f.enficc_gwh - d.gwh) AS enficc_margin_gwh, tidy(f.oef_gwh - d.gwh) AS oef_margin_gwh,
       tidy(f.enficc_gwh / nullif(d.gwh, 0) * 100) AS enficc_cover_pct
FROM firm_daily AS f
JOIN firm_last_day USING (day)
CROSS JOIN (
    SELECT avg(n.gwh) AS gwh FROM demand_daily AS n JOIN firm_last_day AS l ON n.day > l.day - 7 AND n.day <= l.day
    WHERE quotable(n.quality) HAVING count(*) = 7
) AS d;
