"""The face of a certificate: what stands where on its page, in millimetres, before it becomes OFD, PDF or PNG."""
