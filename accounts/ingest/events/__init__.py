"""Events of the tenant's product: taken in once, summed by day, kept by month."""
