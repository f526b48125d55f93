"""The compact credential for QR codes and the SD-JWT VC for links: small carriers of a certificate, with fields to show one by one."""
