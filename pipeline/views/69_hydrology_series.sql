-- Headline series of the reservoirs against their minimum operating levels; 70_headlines.sql takes them in.

CREATE OR REPLACE VIEW hydrology_info AS
FROM (VALUES
    (41, 'reserves_of_minimum', 'Agua guardada frente al mínimo operativo superior', '%', 1,
     'VolumenUtilDiarioEnergia,MinimoOperativoSuperior'),
    (42, 'turbined', 'Agua turbinada', 'hm3', 0, 'VolTurbMasa')
) AS t (ordinal, series, label, unit, decimals, metrics);

CREATE OR REPLACE VIEW hydrology_series AS
SELECT 'reserves_of_minimum' AS series, day, of_upper_pct AS value, quality FROM system_light_daily WHERE light IS NOT NULL
UNION ALL SELECT 'turbined', day, turbined_hm3, quality FROM water_daily;
