"""`xianjie package`: check and receive transfer packages."""
