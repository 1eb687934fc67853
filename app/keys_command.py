"""`xianjie keys`: the signing keys of organs."""
