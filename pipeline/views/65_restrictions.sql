-- Cost of network constraints, million COP a day (sum of the 24 hours).
--
-- RestSinAliv (XM): value of the security generation associated with transport constraints. RestAliv: what retailers
-- are charged for constraints after the regulated reliefs (alivios). They overlap, so they are never added, and their
-- difference may be negative (2024-04-29: 15,944 and 16,505), so it is not called a relief. Negative days are legal.

CREATE OR REPLACE VIEW restrictions_daily AS
SELECT coalesce(a.day, s.day) AS day,
       s.value AS before_relief_mcop,
       a.value AS charged_mcop,
       worse_quality(day_quality(s.hours, s.quality), day_quality(a.hours, a.quality)) AS quality
FROM (SELECT * FROM "RestAliv_daily" WHERE entity = 'Sistema') AS a
FULL JOIN (SELECT * FROM "RestSinAliv_daily" WHERE entity = 'Sistema') AS s ON s.day = a.day;
