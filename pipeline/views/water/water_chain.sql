-- The way of the water: river -> reservoir -> plant, and what became of it (turbined, spilled, released) [hm3].
--
-- XM's lists name rivers and reservoirs but not which feeds which. The relation below is geography: the river on which the
-- dam stands or that a diversion brings to it. The pages say so. A river without a reservoir feeds a run-of-river plant, or
-- a diversion whose water arrives under another name.

CREATE OR REPLACE MACRO reservoir_of_river(river) AS
    CASE folded(river)
         WHEN 'NARE' THEN 'PENOL' WHEN 'NARE CP' THEN 'PENOL' WHEN 'GUATAPE' THEN 'PLAYAS' WHEN 'SAN CARLOS' THEN 'PUNCHINA'
         WHEN 'A. SAN LORENZO' THEN 'SAN LORENZO' WHEN 'GRANDE' THEN 'RIOGRANDE2' WHEN 'PORCE2 CP' THEN 'PORCE II'
         WHEN 'PORCE II' THEN 'PORCE II' WHEN 'PORCE III' THEN 'PORCE III' WHEN 'TENCHE' THEN 'MIRAFLORES'
         WHEN 'GUADALUPE' THEN 'TRONERAS' WHEN 'CONCEPCION' THEN 'TRONERAS' WHEN 'ITUANGO' THEN 'ITUANGO'
         WHEN 'BATA' THEN 'ESMERALDA' WHEN 'DESV. CHIVOR' THEN 'ESMERALDA' WHEN 'GUAVIO' THEN 'GUAVIO'
         WHEN 'CHUZA' THEN 'CHUZA' WHEN 'BLANCO' THEN 'CHUZA' WHEN 'BOGOTA N.R.' THEN 'AGREGADO BOGOTA'
         WHEN 'SOGAMOSO' THEN 'TOPOCORO' WHEN 'BETANIA CP' THEN 'BETANIA' WHEN 'EL QUIMBO' THEN 'EL QUIMBO'
         WHEN 'MAGDALENA BETANIA' THEN 'BETANIA' WHEN 'PRADO' THEN 'PRADO' WHEN 'CAUCA SALVAJINA' THEN 'SALVAJINA'
         WHEN 'CALIMA' THEN 'CALIMA1' WHEN 'ALTOANCHICAYA' THEN 'ALTOANCHICAYA' WHEN 'MIEL I' THEN 'AMANI'
         WHEN 'DESV. GUARINO' THEN 'AMANI' WHEN 'DESV. MANSO' THEN 'AMANI' WHEN 'SINU URRA' THEN 'URRA1'
         WHEN 'FLORIDA II' THEN 'FLORIDA II' END;

-- The reservoirs of one name: XM has written PORCE2 and PORCE II, CALIMA and CALIMA1.
CREATE OR REPLACE MACRO reservoir_key(name) AS
    CASE folded(name) WHEN 'PORCE2' THEN 'PORCE II' WHEN 'PORCE3' THEN 'PORCE III' WHEN 'CALIMA' THEN 'CALIMA1'
         WHEN 'MIEL1' THEN 'AMANI' WHEN 'URRA' THEN 'URRA1' WHEN 'SOGAMOSO' THEN 'TOPOCORO' ELSE folded(name) END;

-- Energy of each plant on the last day whose mix may be quoted, under PARATEC's name of it.
CREATE OR REPLACE VIEW plant_last_gwh AS
SELECT paratec_name(g.plant) AS plant, tidy(sum(g.gwh)) AS gwh, max(g.day) AS day
FROM generation_plant_daily AS g JOIN mix_last_day USING (day)
GROUP BY 1;

-- One row a river: its inflow, the reservoir it fills and how full that is, the plant below and what it generated.
CREATE OR REPLACE VIEW water_chain AS
SELECT n.river, n.region, n.day AS river_day, n.inflow_gwh, n.pct AS of_mean_pct,
       v.reservoir, v.pct AS reservoir_pct, v.day AS reservoir_day,
       CASE WHEN v.reservoir IS NOT NULL THEN plant_below(v.reservoir) END AS plant,
       CASE WHEN row_number() OVER (PARTITION BY plant_below(v.reservoir) ORDER BY n.inflow_gwh DESC, n.river) = 1
            THEN g.gwh END AS plant_gwh
FROM river_inflow_daily AS n
JOIN river_last_day USING (day)
LEFT JOIN reservoir_latest AS v ON reservoir_key(v.reservoir) = reservoir_of_river(n.river)
LEFT JOIN plant_last_gwh AS g ON g.plant = plant_below(v.reservoir)
ORDER BY n.inflow_gwh DESC, n.river;

-- What became of the water of each reservoir, by day [hm3; VertEner GWh]. A day without a row had none reported.
CREATE OR REPLACE VIEW reservoir_water AS
SELECT 'turbined' AS use, day, reservoir_key(code) AS reservoir, value FROM "VolTurbMasa_daily"
WHERE entity = 'Embalse' AND quotable(quality)
UNION ALL
SELECT 'spilled', day, reservoir_key(code), value FROM "VertMasa_daily" WHERE entity = 'Embalse' AND quotable(quality)
UNION ALL
SELECT 'released', day, reservoir_key(code), value FROM "DescMasa_daily" WHERE entity = 'Embalse' AND quotable(quality)
UNION ALL
SELECT 'spilled_gwh', day, reservoir_key(code), value FROM "VertEner_daily" WHERE entity = 'Embalse' AND quotable(quality);

-- Water of the system by day. VolTurbMasa: through the turbines; VertMasa: over the spillway; DescMasa: let out by the
-- bottom. XM publishes no national total of the last two: they are the sum of the reservoirs that had any.
CREATE OR REPLACE TABLE water_daily AS
WITH summed AS (
    SELECT day, sum(value) FILTER (WHERE use = 'spilled') AS spilled, sum(value) FILTER (WHERE use = 'released') AS released
    FROM reservoir_water GROUP BY day
)
SELECT t.day, tidy(t.value) AS turbined_hm3, tidy(w.spilled) AS spilled_hm3, tidy(w.released) AS released_hm3,
       day_quality(t.hours, t.quality) AS quality
FROM "VolTurbMasa_daily" AS t
LEFT JOIN summed AS w USING (day)
WHERE t.entity = 'Sistema'
ORDER BY t.day;

-- By reservoir, the 30 days up to the last settled one of the system.
CREATE OR REPLACE VIEW water_reservoir_recent AS
WITH span AS (SELECT max(day) AS until FROM water_daily WHERE quotable(quality))
SELECT w.reservoir, tidy(sum(w.value) FILTER (WHERE w.use = 'turbined')) AS turbined_hm3,
       tidy(sum(w.value) FILTER (WHERE w.use = 'spilled' AND w.value > 0)) AS spilled_hm3,
       tidy(sum(w.value) FILTER (WHERE w.use = 'released' AND w.value > 0)) AS released_hm3,
       tidy(sum(w.value) FILTER (WHERE w.use = 'spilled_gwh' AND w.value > 0)) AS spilled_gwh,
       CAST(count(DISTINCT w.day) FILTER (WHERE w.use = 'spilled_gwh' AND w.value > 0) AS INTEGER) AS spill_days,
       any_value(s.until) AS until
FROM reservoir_water AS w JOIN span AS s ON w.day > s.until - 30 AND w.day <= s.until
GROUP BY w.reservoir
HAVING sum(w.value) > 0;

-- Reserves by hydrological region on the last day of the reservoirs [GWh; % of the useful volume].
CREATE OR REPLACE VIEW region_reserves AS
SELECT region, day, CAST(count(*) AS INTEGER) AS reservoirs, tidy(sum(volume_gwh)) AS volume_gwh,
       tidy(sum(capacity_gwh)) AS capacity_gwh, tidy(sum(volume_gwh) / nullif(sum(capacity_gwh), 0) * 100) AS pct
FROM reservoir_latest
GROUP BY region, day;
