-- Run once by PostgreSQL's image when its volume is empty. The sharing log lies apart from the hub's database.
CREATE DATABASE sharing_log OWNER yijian;
