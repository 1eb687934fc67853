"""Notices: what the procedure tells an organ or officer, and the inbox that shows them."""
