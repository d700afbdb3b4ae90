//! What holds for every SPDU, whatever it says: generated ones by the ten thousand, each from a seed.
mod codec;
mod segmentation;
