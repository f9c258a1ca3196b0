-- The one semaphore of the portal: each reservoir, and the system, against the minimum operating levels.
--
-- References: SIMEM c51127 publishes for each reservoir and day the upper and the lower minimum operating level
-- (MinimoOperativoSuperior, MOS; MinimoOperativoInferior, MOI), as energy [GWh]. Useful volume and capacity come from
-- SIMEM as well (B0E933), under the same codes.
--   good    volume >= MOS
--   watch   MOI <= volume < MOS
--   low     volume < MOI
--   NULL    no minimum published for that reservoir and day (or both are 0): nothing is supposed in its place
-- The system adds up volumes and minima of the reservoirs that have both, and has a light only when they hold at least
-- three quarters of the capacity that SIMEM reports. Nobody else's thresholds are used: no fixed percentages.

CREATE OR REPLACE MACRO light_of(volume, upper, lower) AS
    CASE WHEN volume IS NULL OR lower IS NULL OR coalesce(upper, 0) <= 0 THEN NULL
         WHEN volume >= upper THEN 'good' WHEN volume >= lower THEN 'watch' ELSE 'low' END;

CREATE OR REPLACE MACRO light_word(light) AS
    CASE light WHEN 'good' THEN 'Bien' WHEN 'watch' THEN 'Atención' WHEN 'low' THEN 'Crítico'
               ELSE 'Sin mínimo publicado' END;

-- SIMEM's codes are XM's codes of the list; the daily metrics of XM carry names.
CREATE OR REPLACE VIEW reservoir_name AS
SELECT DISTINCT ON (code) code, folded(name) AS reservoir, nullif(folded(region), '') AS region
FROM "ListadoEmbalses"
WHERE code IS NOT NULL AND name IS NOT NULL
ORDER BY code, ts DESC, name;

CREATE OR REPLACE TABLE reservoir_light_daily AS
SELECT v.day, v.code, coalesce(n.reservoir, folded(v.code)) AS reservoir, n.region,
       v.value AS volume_gwh, c.value AS capacity_gwh,
       CASE WHEN s.value > 0 THEN s.value END AS upper_gwh, CASE WHEN s.value > 0 THEN i.value END AS lower_gwh,
       light_of(v.value, s.value, i.value) AS light,
       worse_quality(day_quality(v.hours, v.quality), coalesce(day_quality(s.hours, s.quality), 'ok')) AS quality
FROM "VolumenUtilDiarioEnergia_daily" AS v
JOIN "CapacidadUtilEnergia_daily" AS c ON c.day = v.day AND c.code = v.code AND c.entity = 'Embalse'
LEFT JOIN "MinimoOperativoSuperior_daily" AS s ON s.day = v.day AND s.code = v.code AND s.entity = 'Embalse'
LEFT JOIN "MinimoOperativoInferior_daily" AS i ON i.day = v.day AND i.code = v.code AND i.entity = 'Embalse'
LEFT JOIN reservoir_name AS n ON n.code = v.code
WHERE v.entity = 'Embalse'
ORDER BY v.day, v.code;

CREATE OR REPLACE TABLE system_light_daily AS
WITH summed AS (
    SELECT day, CAST(count(*) AS INTEGER) AS reservoirs, CAST(count(light) AS INTEGER) AS with_minimum,
           CAST(count(*) FILTER (WHERE light = 'watch') AS INTEGER) AS watch,
           CAST(count(*) FILTER (WHERE light = 'low') AS INTEGER) AS low,
           sum(volume_gwh) FILTER (WHERE light IS NOT NULL) AS volume_gwh,
           sum(capacity_gwh) FILTER (WHERE light IS NOT NULL) AS capacity_gwh,
           sum(capacity_gwh) AS all_capacity_gwh,
           sum(upper_gwh) FILTER (WHERE light IS NOT NULL) AS upper_gwh,
           sum(lower_gwh) FILTER (WHERE light IS NOT NULL) AS lower_gwh,
           worst_of(quality) AS quality
    FROM reservoir_light_daily
    GROUP BY day
)
SELECT day, reservoirs, with_minimum, watch, low, tidy(volume_gwh) AS volume_gwh, tidy(capacity_gwh) AS capacity_gwh,
       tidy(upper_gwh) AS upper_gwh, tidy(lower_gwh) AS lower_gwh,
       tidy(capacity_gwh / nullif(all_capacity_gwh, 0) * 100) AS covered_pct,
       tidy(volume_gwh / nullif(upper_gwh, 0) * 100) AS of_upper_pct,
       CASE WHEN capacity_gwh >= 0.75 * all_capacity_gwh THEN light_of(volume_gwh, upper_gwh, lower_gwh) END AS light,
       quality
FROM summed
ORDER BY day;

-- The last quotable day of the reservoirs of SIMEM, whether or not it has minima (no row without reservoirs).
CREATE OR REPLACE VIEW light_last_day AS
SELECT max(day) AS day FROM system_light_daily WHERE quotable(quality) HAVING max(day) IS NOT NULL;

CREATE OR REPLACE VIEW reservoir_light AS
SELECT r.*, tidy(r.volume_gwh / nullif(r.capacity_gwh, 0) * 100) AS pct,
       tidy(r.upper_gwh / nullif(r.capacity_gwh, 0) * 100) AS upper_pct,
       tidy(r.lower_gwh / nullif(r.capacity_gwh, 0) * 100) AS lower_pct,
       tidy(r.volume_gwh - r.upper_gwh) AS margin_gwh
FROM reservoir_light_daily AS r JOIN light_last_day USING (day);

CREATE OR REPLACE VIEW system_light AS
SELECT s.* FROM system_light_daily AS s JOIN light_last_day USING (day);
