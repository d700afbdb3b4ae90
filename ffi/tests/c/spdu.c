/* The codec: SPDUs out of a TSDU, and back. */
#include "harness.h"

static const unsigned char CONNECT[] = {0x0d, 0x18, 0x05, 0x06, 0x13, 0x01, 0x00, 0x16, 0x01, 0x02, 0x14, 0x02, 0x00,
                                        0x02, 0x33, 0x02, 0x00, 0x01, 0x34, 0x02, 0x00, 0x01, 0xc1, 0x02, 0x41, 0x42};

static void a_connect_and_its_parameters(void)
{
  osisession_spdu spdu;
  osisession_spdu_unit unit;
  uint32_t at;
  OSISESSION_INIT(&spdu);
  OK(osisession_spdu_decode(CONNECT, sizeof CONNECT, NULL, 0, &spdu, error_info()));
  CHECK(spdu.count == 1 && spdu.si == 13 && spdu.offset == 0 && spdu.length == sizeof CONNECT);
  CHECK(strcmp(spdu.mnemonic, "CN") == 0 && strcmp(spdu.name, "CONNECT") == 0);
  CHECK(spdu.user_data_length == 2 && CONNECT[spdu.user_data_offset] == 'A');
  CHECK(spdu.unit_count == 7 && spdu.leniencies == 0);
  for (at = 0; at < spdu.unit_count; at++) {
    OSISESSION_INIT(&unit);
    OK(osisession_spdu_decode_unit(CONNECT, sizeof CONNECT, NULL, 0, at, &unit, error_info()));
    CHECK(unit.known == 1 && unit.name[0] != 0 && unit.value_offset + unit.value_length <= sizeof CONNECT);
  }
  OSISESSION_INIT(&unit);
  OK(osisession_spdu_decode_unit(CONNECT, sizeof CONNECT, NULL, 0, 3, &unit, error_info()));
  CHECK(unit.group == -1 && unit.code == 20 && strcmp(unit.meaning, "duplex") == 0);
  STATUS(OSISESSION_E_INVALID, osisession_spdu_decode_unit(CONNECT, sizeof CONNECT, NULL, 0, 7, &unit, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_spdu_decode(CONNECT, sizeof CONNECT, NULL, 1, &spdu, error_info()));
}

static void order_of_processing(void)
{
  /* GT with a token, MIP, DT: the data first, then the point, the token last. */
  static const unsigned char tsdu[] = {0x01, 0x03, 0x10, 0x01, 0x04, 0x31, 0x03, 0x2a, 0x01, 0x35, 0x01, 0x00, 'd'};
  static const char *const names[] = {"GT", "MIP", "DT"};
  static const uint32_t orders[] = {2, 1, 0};
  osisession_spdu spdu;
  uint32_t at;
  for (at = 0; at < 3; at++) {
    OSISESSION_INIT(&spdu);
    OK(osisession_spdu_decode(tsdu, sizeof tsdu, NULL, at, &spdu, error_info()));
    CHECK(spdu.count == 3 && spdu.order == orders[at] && strcmp(spdu.mnemonic, names[at]) == 0);
  }
}

static void what_is_wrong_is_said(void)
{
  static const unsigned char twice[] = {0x09, 0x06, 0x11, 0x01, 0x01, 0x11, 0x01, 0x00};
  osisession_spdu_context strict;
  osisession_spdu spdu;
  OSISESSION_INIT(&strict);
  strict.flags = OSISESSION_SPDU_STRICT;
  OSISESSION_INIT(&spdu);
  STATUS(OSISESSION_E_PEER, osisession_spdu_decode(twice, sizeof twice, &strict, 0, &spdu, error_info()));
  CHECK(strcmp(harness_error.spdu, "FN") == 0 && harness_error.octet_offset == 5 && harness_error.clause[0] != 0);
  CHECK(spdu.count == 0);
  OK(osisession_spdu_decode(twice, sizeof twice, NULL, 0, &spdu, error_info()));
  CHECK(spdu.leniencies != 0);
}

static osisession_spdu_value value(int32_t group, uint32_t code, const void *octets, size_t length)
{
  osisession_spdu_value it;
  it.group = group;
  it.code = code;
  it.value.data = (const uint8_t *)octets;
  it.value.length = length;
  return it;
}

static void the_way_back(void)
{
  osisession_spdu_value values[6];
  unsigned char buffer[64];
  size_t needed = 0;
  values[0] = value(5, 19, "\0", 1);
  values[1] = value(5, 22, "\2", 1);
  values[2] = value(-1, 20, "\0\2", 2);
  values[3] = value(-1, 51, "\0\1", 2);
  values[4] = value(-1, 52, "\0\1", 2);
  OK(osisession_spdu_encode("CN", values, 5, "AB", 2, NULL, OSISESSION_ENCODE_CHECKED, buffer, sizeof buffer, &needed,
                            error_info()));
  CHECK(needed == sizeof CONNECT && memcmp(buffer, CONNECT, needed) == 0);
  needed = 0;
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL,
         osisession_spdu_encode("CN", values, 5, "AB", 2, NULL, OSISESSION_ENCODE_CHECKED, buffer, 25, &needed, error_info()));
  CHECK(needed == sizeof CONNECT);
  /* A serial number of letters: refused, unless it is asked for. */
  values[0] = value(-1, 42, "ab", 2);
  STATUS(OSISESSION_E_INVALID, osisession_spdu_encode("MIP", values, 1, NULL, 0, NULL, OSISESSION_ENCODE_CHECKED, buffer,
                                                      sizeof buffer, &needed, error_info()));
  CHECK(strcmp(harness_error.spdu, "MIP") == 0 && strcmp(harness_error.parameter, "Serial Number") == 0);
  OK(osisession_spdu_encode("MIP", values, 1, NULL, 0, NULL, OSISESSION_ENCODE_UNCHECKED, buffer, sizeof buffer, &needed,
                            error_info()));
  CHECK(needed == 6 && buffer[0] == 0x31);
}

static void misuse(void)
{
  osisession_spdu spdu;
  unsigned char buffer[8];
  osisession_spdu_value wrong;
  memset(&spdu, 0, sizeof spdu);
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_spdu_decode(CONNECT, sizeof CONNECT, NULL, 0, &spdu, error_info()));
  OSISESSION_INIT(&spdu);
  STATUS(OSISESSION_E_NULL, osisession_spdu_decode(CONNECT, sizeof CONNECT, NULL, 0, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_spdu_decode(NULL, 3, NULL, 0, &spdu, error_info()));
  STATUS(OSISESSION_E_PEER, osisession_spdu_decode(NULL, 0, NULL, 0, &spdu, error_info()));
  STATUS(OSISESSION_E_NULL,
         osisession_spdu_encode(NULL, NULL, 0, NULL, 0, NULL, 0, buffer, sizeof buffer, NULL, error_info()));
  STATUS(OSISESSION_E_INVALID,
         osisession_spdu_encode("XY", NULL, 0, NULL, 0, NULL, 0, buffer, sizeof buffer, NULL, error_info()));
  STATUS(OSISESSION_E_INVALID,
         osisession_spdu_encode("DN", NULL, 0, NULL, 0, NULL, 9, buffer, sizeof buffer, NULL, error_info()));
  STATUS(OSISESSION_E_NULL,
         osisession_spdu_encode("DN", NULL, 1, NULL, 0, NULL, 0, buffer, sizeof buffer, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_spdu_encode("DN", NULL, 0, NULL, 0, NULL, 0, NULL, 8, NULL, error_info()));
  wrong = value(300, 1, "a", 1);
  STATUS(OSISESSION_E_INVALID,
         osisession_spdu_encode("DN", &wrong, 1, NULL, 0, NULL, 0, buffer, sizeof buffer, NULL, error_info()));
}

int main(void)
{
  RUN(a_connect_and_its_parameters);
  RUN(order_of_processing);
  RUN(what_is_wrong_is_said);
  RUN(the_way_back);
  RUN(misuse);
  return harness_end();
}
