/* SHA-256 (FIPS 180-4) of a file, for the example that sends one: a program takes it from its cryptographic library. */
#ifndef SHA256_H
#define SHA256_H
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint32_t sha256_turn(uint32_t word, int bits)
{
  return word >> bits | word << (32 - bits);
}

/* FIPS 180-4, 6.2.2: one block of 64 octets. */
static void sha256_block(uint32_t hash[8], const uint8_t *block)
{
  /* The first 32 bits of the fractional parts of the cube roots of the first 64 primes (4.2.2). */
  static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
  uint32_t w[64], v[8];
  int t;
  for (t = 0; t < 64; t++) {
    if (t < 16) {
      w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 | (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    } else {
      const uint32_t s0 = sha256_turn(w[t - 15], 7) ^ sha256_turn(w[t - 15], 18) ^ w[t - 15] >> 3;
      const uint32_t s1 = sha256_turn(w[t - 2], 17) ^ sha256_turn(w[t - 2], 19) ^ w[t - 2] >> 10;
      w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
  }
  memcpy(v, hash, sizeof v);
  for (t = 0; t < 64; t++) {
    const uint32_t s1 = sha256_turn(v[4], 6) ^ sha256_turn(v[4], 11) ^ sha256_turn(v[4], 25);
    const uint32_t one = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[t] + w[t];
    const uint32_t s0 = sha256_turn(v[0], 2) ^ sha256_turn(v[0], 13) ^ sha256_turn(v[0], 22);
    const uint32_t two = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += one;
    v[0] = one + two;
  }
  for (t = 0; t < 8; t++) hash[t] += v[t];
}

/* The hash of all that is in the file, from its start, and how much that is; 0 if it can be read. */
static int sha256_of(FILE *file, uint8_t digest[32], uint64_t *length)
{
  uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint8_t block[64];
  size_t got;
  int at;
  *length = 0;
  rewind(file);
  while ((got = fread(block, 1, sizeof block, file)) == sizeof block) {
    sha256_block(hash, block);
    *length += got;
  }
  *length += got;
  /* 5.1.1: a one, zeros, and the length in bits. */
  block[got++] = 0x80;
  if (got > 56) {
    memset(block + got, 0, sizeof block - got);
    sha256_block(hash, block);
    got = 0;
  }
  memset(block + got, 0, sizeof block - got);
  for (at = 0; at < 8; at++) block[63 - at] = (uint8_t)(*length * 8 >> 8 * at);
  sha256_block(hash, block);
  for (at = 0; at < 32; at++) digest[at] = (uint8_t)(hash[at / 4] >> (24 - 8 * (at % 4)));
  return ferror(file);
}
#endif
