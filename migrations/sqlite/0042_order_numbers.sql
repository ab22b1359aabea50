-- PostgreSQL counts orders with a sequence from here on; here the counter of before goes on.
SELECT 1;
