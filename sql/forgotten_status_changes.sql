-- The newest revision from before which a service may have had another status that is not kept.
SELECT coalesce(max(revision), 0)
  FROM (SELECT min(revision) AS revision
          FROM health_checks
         GROUP BY service_id
        HAVING count(*) >= 100);
