"""What Django REST framework serves under /cme/api/v1/. Loaded where it is installed, and nowhere else."""
