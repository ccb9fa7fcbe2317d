"""Service desk (会员服务台): purchases and returns entered by hand, and the check of an ID number."""
