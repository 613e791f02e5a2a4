"""The database: schema, migrations, and one file of queries per noun."""
