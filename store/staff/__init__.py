"""Staff (员工): accounts of the console, their roles and rights, sessions and the sign-in."""
