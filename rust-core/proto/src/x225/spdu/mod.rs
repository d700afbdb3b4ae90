//! Structure and encoding of SPDUs (X.225 clause 8).
