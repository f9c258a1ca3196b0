-- Headline series of generation in detail; 70_headlines.sql takes them in.

CREATE OR REPLACE VIEW generation_info AS
FROM (VALUES
    (31, 'capacity', 'Capacidad efectiva neta', 'MW', 0, 'CapEfecNeta'),
    (32, 'capacity_use', 'Uso de la capacidad', '%', 1, 'Gene,CapEfecNeta'),
    (33, 'ramp', 'Rampa de la carga neta', 'MW', 0, 'Gene,ListadoRecursos'),
    (34, 'variable_share', 'Participación del sol y el viento', '%', 1, 'Gene,ListadoRecursos')
) AS t (ordinal, series, label, unit, decimals, metrics);

CREATE OR REPLACE VIEW generation_series AS
SELECT 'capacity' AS series, day, mw AS value, quality FROM capacity_daily
UNION ALL SELECT 'capacity_use', day, use_pct, use_quality FROM capacity_daily WHERE use_pct IS NOT NULL
UNION ALL SELECT 'ramp', day, rise_mw, 'ok' FROM ramp_daily
UNION ALL SELECT 'variable_share', day, tidy(sum(share_pct)), any_value(quality)
FROM generation_mix_daily WHERE split = 'technology' AND source IN ('Solar', 'Eólica') GROUP BY day;
