-- Headline series of losses, constraints, reliability, emissions, exchanges, self-generation and ENSO: what each is and
-- its values by day. 70_headlines.sql adds them to the portal's own.

CREATE OR REPLACE VIEW network_info AS
FROM (VALUES
    (101, 'losses', 'Pérdidas del STN', 'GWh', 2, 'PerdidasEner'),
    (102, 'losses_reg', 'Pérdidas asignadas a la demanda regulada', 'GWh', 2, 'PerdidasEnerReg'),
    (103, 'losses_nonreg', 'Pérdidas asignadas a la demanda no regulada', 'GWh', 2, 'PerdidasEnerNoReg'),
    (111, 'rest_before', 'Restricciones sin alivios', 'MCOP', 0, 'RestSinAliv'),
    (112, 'rest_charged', 'Restricciones aliviadas', 'MCOP', 0, 'RestAliv'),
    (113, 'rest_before_unit', 'Restricciones sin alivios por kWh de demanda', 'COP/kWh', 1, 'RestSinAliv,DemaCome'),
    (114, 'rest_charged_unit', 'Restricciones aliviadas por kWh de demanda', 'COP/kWh', 1, 'RestAliv,DemaCome'),
    (115, 'security', 'Generación de seguridad', 'GWh', 1, 'GeneSeguridad'),
    (116, 'security_share', 'Generación de seguridad, participación', '%', 1, 'GeneSeguridad,Gene'),
    (117, 'out_of_merit', 'Generación fuera de mérito', 'GWh', 1, 'GeneFueraMerito'),
    (118, 'reco_pos', 'Reconciliación positiva', 'MCOP', 0, 'RecoPosMoneda'),
    (119, 'reco_neg', 'Reconciliación negativa', 'MCOP', 0, 'RecoNegMoneda'),
    (120, 'agc', 'Responsabilidad comercial por AGC', 'MCOP', 0, 'RespComerAGC'),
    (131, 'enficc', 'Energía firme de las plantas (ENFICC)', 'GWh', 1, 'ENFICC'),
    (132, 'oef', 'Obligaciones de energía firme (OEF)', 'GWh', 1, 'ObligEnerFirme'),
    (133, 'enficc_cover', 'ENFICC frente a la demanda', '%', 1, 'ENFICC,DemaSIN'),
    (134, 'oef_cover', 'OEF frente a la demanda', '%', 1, 'ObligEnerFirme,DemaSIN'),
    (135, 'rrid', 'Remuneración diaria de las OEF (RRID)', 'MCOP', 0, 'RemuRealIndiv'),
    (136, 'oef_price', 'Precio medio de las OEF', 'COP/kWh', 2, 'PrecCargConf,ObligEnerFirme'),
    (137, 'cere', 'Costo equivalente real en energía (CERE)', 'COP/kWh', 2, 'CERE'),
    (138, 'ddv', 'Demanda desconectable voluntaria contratada', 'GWh', 2, 'DDVContratada'),
    (139, 'backup', 'Compras en contratos de respaldo', 'GWh', 2, 'ComContRespEner'),
    (151, 'emissions', 'Emisiones de la generación', 't', 0, 'EmisionesCO2Eq'),
    (152, 'emission_factor', 'Factor de emisión', 'gCO2e/kWh', 1, 'factorEmisionCO2e,Gene'),
    (153, 'emission_factor_own', 'Factor de emisión, cálculo del portal', 'gCO2e/kWh', 1, 'EmisionesCO2Eq,Gene'),
    (154, 'fuel_heat', 'Combustible de las térmicas', 'MBTU', 0, 'ConsCombustibleMBTU,ConsCombAprox'),
    (161, 'exports', 'Exportaciones', 'GWh', 2, 'ExpoEner'),
    (162, 'imports', 'Importaciones', 'GWh', 2, 'ImpoEner'),
    (163, 'export_income', 'Valor de las exportaciones', 'MCOP', 0, 'ExpoMoneda'),
    (164, 'import_cost', 'Valor de las importaciones', 'MCOP', 0, 'ImportMonedaCOP'),
    (165, 'export_price', 'Precio medio de las exportaciones', 'COP/kWh', 1, 'ExpoMoneda,ExpoEner'),
    (171, 'surplus', 'Excedentes de autogeneradores', 'GWh', 3, 'ExcedenteAGPE'),
    (181, 'oni', 'Índice oceánico de El Niño (ONI)', '°C', 2, 'ONI')
) AS t (ordinal, series, label, unit, decimals, metrics);

-- ONI comes from NOAA, one value a month.
CREATE OR REPLACE VIEW oni_monthly AS
SELECT CAST(date_trunc('month', day) AS DATE) AS month, value AS oni, quality
FROM "ONI_daily";

CREATE OR REPLACE VIEW network_series AS
SELECT 'losses' AS series, day, gwh AS value, quality FROM losses_daily
UNION ALL SELECT 'losses_reg', day, regulated_gwh, quality FROM losses_split_daily
UNION ALL SELECT 'losses_nonreg', day, non_regulated_gwh, quality FROM losses_split_daily
UNION ALL SELECT 'rest_before', day, before_relief_mcop, quality FROM restrictions_daily
UNION ALL SELECT 'rest_charged', day, charged_mcop, quality FROM restrictions_daily
UNION ALL SELECT 'rest_before_unit', day, before_unit, quality FROM restrictions_unit_daily
UNION ALL SELECT 'rest_charged_unit', day, charged_unit, quality FROM restrictions_unit_daily
UNION ALL SELECT 'security', day, security_gwh, quality FROM security_daily
UNION ALL SELECT 'security_share', day, tidy(security_gwh / nullif(generation_gwh, 0) * 100), quality FROM security_daily
UNION ALL SELECT 'out_of_merit', day, out_of_merit_gwh, quality FROM security_daily
UNION ALL SELECT 'reco_pos', day, positive_mcop, quality FROM security_daily
UNION ALL SELECT 'reco_neg', day, negative_mcop, quality FROM security_daily
UNION ALL SELECT 'agc', day, mcop, quality FROM restriction_parts_daily WHERE part = 'agc'
UNION ALL SELECT 'enficc', day, enficc_gwh, enficc_quality FROM firm_daily
UNION ALL SELECT 'oef', day, oef_gwh, oef_quality FROM firm_daily
UNION ALL SELECT 'ddv', day, ddv_gwh, ddv_quality FROM firm_daily
UNION ALL SELECT 'enficc_cover', day, enficc_cover_pct, enficc_quality FROM firm_cover_daily
UNION ALL SELECT 'oef_cover', day, oef_cover_pct, oef_quality FROM firm_cover_daily
UNION ALL SELECT 'rrid', day, rrid_mcop, quality FROM firm_price_daily
UNION ALL SELECT 'oef_price', day, price, quality FROM firm_price_daily
UNION ALL SELECT 'cere', month, price, quality FROM firm_energy_cost_monthly WHERE series = 'CERE (real)'
UNION ALL SELECT 'backup', day, bought_gwh, quality FROM backup_daily
UNION ALL SELECT 'emissions', day, tonnes, quality FROM emission_daily
UNION ALL SELECT 'emission_factor', day, xm_factor, quality FROM emission_daily
UNION ALL SELECT 'emission_factor_own', day, own_factor, quality FROM emission_daily
UNION ALL SELECT 'fuel_heat', f.day, f.mbtu, worse_quality(f.quality, e.quality)
    FROM (SELECT day, sum(mbtu) AS mbtu, worst_of(quality) AS quality FROM fuel_use_daily GROUP BY day) AS f
    JOIN emission_daily AS e USING (day)
UNION ALL SELECT 'exports', day, export_gwh, energy_quality FROM exchange_money_daily
UNION ALL SELECT 'imports', day, import_gwh, energy_quality FROM exchange_money_daily
UNION ALL SELECT 'export_income', day, export_mcop, money_quality FROM exchange_money_daily
UNION ALL SELECT 'import_cost', day, import_mcop, money_quality FROM exchange_money_daily
UNION ALL SELECT 'export_price', day, export_price, money_quality FROM exchange_money_daily
UNION ALL SELECT 'surplus', day, gwh, quality FROM surplus_daily
UNION ALL SELECT 'oni', month, oni, quality FROM oni_monthly;
