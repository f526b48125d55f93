"""The network sides of ports that others declare: signer, platform and more. They decide nothing."""
