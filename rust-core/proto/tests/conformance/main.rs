//! The code's tables and the codec against independent transcriptions of the standard.
mod codec_properties;
mod codec_rules;
mod codec_tables;
mod errata;
mod isode;
mod rows_taken;
mod state_tables;
mod statement;
mod vectors;
