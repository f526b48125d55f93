"""How a request shows who asks: keys, tokens and signatures, one small module each. None of them is proof of what the answer says."""
