"""The database: tables, migrations, store. The only room that imports SQLAlchemy and Alembic."""
