-- Rules of groups and tags were addresses of filtered lists; from here on they are in the rule language, in which nothing begins with
-- a question mark. Those that are there go on meaning what they meant.
UPDATE assignment_rules SET rule = '?' || rule;
