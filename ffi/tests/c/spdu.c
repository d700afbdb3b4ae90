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

static void where_values_stand(void)
{
  /* A group and what it encloses, a value without octets, and user data behind a length indicator of three octets. */
  static const size_t wanted[][3] = {{2, 4, 6}, {4, 6, 1}, {7, 9, 1}, {10, 12, 2}, {14, 16, 0}, {16, 20, 300}};
  static const int32_t groups[] = {-1, 5, 5, -1, -1, -1};
  unsigned char tsdu[4 + 18 + 300] = {0x0d, 0xff, 0x01, 0x3e};
  static const unsigned char field[] = {0x05, 0x06, 0x13, 0x01, 0x00, 0x16, 0x01, 0x02, 0x14, 0x02, 0x00, 0x02,
                                        0x34, 0x00, 0xc1, 0xff, 0x01, 0x2c};
  osisession_spdu spdu;
  osisession_spdu_unit unit;
  uint32_t at;
  memcpy(tsdu + 4, field, sizeof field);
  memset(tsdu + 4 + sizeof field, 'u', 300);
  OSISESSION_INIT(&spdu);
  OK(osisession_spdu_decode(tsdu, sizeof tsdu, NULL, 0, &spdu, error_info()));
  CHECK(spdu.length == sizeof tsdu && spdu.unit_count == 6);
  CHECK(spdu.user_data_offset == 22 && spdu.user_data_length == 300);
  for (at = 0; at < 6; at++) {
    OSISESSION_INIT(&unit);
    OK(osisession_spdu_decode_unit(tsdu, sizeof tsdu, NULL, 0, at, &unit, error_info()));
    /* The SPDU itself has the long length indicator too, two octets more than the short one. */
    CHECK(unit.group == groups[at] && unit.code == tsdu[unit.offset]);
    CHECK(unit.offset == wanted[at][0] + 2 && unit.value_offset == wanted[at][1] + 2);
    CHECK(unit.value_length == wanted[at][2]);
  }
}

static void what_nobody_knows_is_read_too(void)
{
  /* ABORT with an unknown parameter: of its value, the first octets are shown. */
  unsigned char tsdu[2 + 3 + 2 + 100] = {0x19, 0x69, 0x11, 0x01, 0x01, 0x63, 0x64};
  osisession_spdu_unit unit;
  memset(tsdu + 7, 0xab, 100);
  OSISESSION_INIT(&unit);
  OK(osisession_spdu_decode_unit(tsdu, sizeof tsdu, NULL, 0, 1, &unit, error_info()));
  CHECK(unit.code == 0x63 && unit.known == 0 && unit.name[0] == 0 && unit.value_length == 100);
  CHECK(strcmp(unit.meaning, "abababababababababababababababab... (100 octets)") == 0);
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

static void the_order_given_is_kept(void)
{
  static const unsigned char sorted[] = {0x31, 0x06, 0x0f, 0x01, 0x01, 0x2a, 0x01, '7'};
  static const unsigned char given[] = {0x31, 0x06, 0x2a, 0x01, '7', 0x0f, 0x01, 0x01};
  osisession_spdu_value values[2];
  unsigned char buffer[8];
  size_t needed = 0;
  values[0] = value(-1, 42, "7", 1);
  values[1] = value(-1, 15, "\1", 1);
  OK(osisession_spdu_encode("MIP", values, 2, NULL, 0, NULL, OSISESSION_ENCODE_AS_GIVEN, buffer, sizeof buffer, &needed,
                            error_info()));
  CHECK(needed == sizeof given && memcmp(buffer, given, needed) == 0);
  OK(osisession_spdu_encode("MIP", values, 2, NULL, 0, NULL, OSISESSION_ENCODE_UNCHECKED, buffer, sizeof buffer, &needed,
                            error_info()));
  CHECK(needed == sizeof sorted && memcmp(buffer, sorted, needed) == 0);
}

static void what_fits_no_length_indicator(void)
{
  static unsigned char octets[66000], buffer[66008];
  size_t needed = 0;
  STATUS(OSISESSION_E_INVALID, osisession_spdu_encode("FN", NULL, 0, octets, sizeof octets, NULL, OSISESSION_ENCODE_CHECKED,
                                                      buffer, sizeof buffer, NULL, error_info()));
  CHECK(strcmp(harness_error.spdu, "FN") == 0 && strcmp(harness_error.clause, "X.225 8.2.5") == 0);
  OK(osisession_spdu_encode("FN", NULL, 0, octets, sizeof octets, NULL, OSISESSION_ENCODE_UNCHECKED, buffer, sizeof buffer,
                            &needed, error_info()));
  CHECK(needed == sizeof buffer && memcmp(buffer, "\x09\xff\xff\xff\xc1\xff\xff\xff", 8) == 0);
}

static void the_context_counts(void)
{
  static const unsigned char seven[] = {0x31, 0x09, 0x2a, 0x07, '1', '2', '3', '4', '5', '6', '7'};
  osisession_spdu_context context;
  osisession_spdu_value number;
  osisession_spdu spdu;
  unsigned char buffer[16];
  size_t needed = 0;
  OSISESSION_INIT(&spdu);
  OSISESSION_INIT(&context);
  number = value(-1, 42, "1234567", 7);
  STATUS(OSISESSION_E_INVALID, osisession_spdu_encode("MIP", &number, 1, NULL, 0, &context, OSISESSION_ENCODE_CHECKED, buffer,
                                                      sizeof buffer, NULL, error_info()));
  CHECK(strcmp(harness_error.parameter, "Serial Number") == 0 && harness_error.clause[0] != 0);
  context.upper_limit = 7;
  OK(osisession_spdu_encode("MIP", &number, 1, NULL, 0, &context, OSISESSION_ENCODE_CHECKED, buffer, sizeof buffer, &needed,
                            error_info()));
  CHECK(needed == sizeof seven && memcmp(buffer, seven, needed) == 0);
  OK(osisession_spdu_decode(seven, sizeof seven, &context, 0, &spdu, error_info()));
  context.upper_limit = 6;
  STATUS(OSISESSION_E_PEER, osisession_spdu_decode(seven, sizeof seven, &context, 0, &spdu, error_info()));
  CHECK(strcmp(harness_error.spdu, "MIP") == 0);
  context.upper_limit = 5;
  STATUS(OSISESSION_E_INVALID, osisession_spdu_decode(seven, sizeof seven, &context, 0, &spdu, error_info()));
  context.upper_limit = 19;
  STATUS(OSISESSION_E_INVALID, osisession_spdu_decode(seven, sizeof seven, &context, 0, &spdu, error_info()));
  OSISESSION_INIT(&context);
  context.version = 0x100;
  STATUS(OSISESSION_E_INVALID, osisession_spdu_decode(seven, sizeof seven, &context, 0, &spdu, error_info()));
  OSISESSION_INIT(&context);
  context.tokens_known = 1;
  context.available_tokens = 0x100;
  STATUS(OSISESSION_E_INVALID, osisession_spdu_decode(seven, sizeof seven, &context, 0, &spdu, error_info()));
  memset(&context, 0, sizeof context);
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_spdu_decode(seven, sizeof seven, &context, 0, &spdu, error_info()));
}

static void misuse(void)
{
  osisession_spdu spdu;
  osisession_spdu_unit unit;
  unsigned char buffer[8];
  osisession_spdu_value wrong;
  memset(&wrong, 0, sizeof wrong);
  memset(&spdu, 0, sizeof spdu);
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_spdu_decode(CONNECT, sizeof CONNECT, NULL, 0, &spdu, error_info()));
  OSISESSION_INIT(&spdu);
  STATUS(OSISESSION_E_NULL, osisession_spdu_decode(CONNECT, sizeof CONNECT, NULL, 0, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_spdu_decode(NULL, 3, NULL, 0, &spdu, error_info()));
  STATUS(OSISESSION_E_PEER, osisession_spdu_decode(NULL, 0, NULL, 0, &spdu, error_info()));
  memset(&unit, 0, sizeof unit);
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_spdu_decode_unit(CONNECT, sizeof CONNECT, NULL, 0, 0, &unit, error_info()));
  OSISESSION_INIT(&unit);
  STATUS(OSISESSION_E_NULL, osisession_spdu_decode_unit(CONNECT, sizeof CONNECT, NULL, 0, 0, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_spdu_decode_unit(NULL, 3, NULL, 0, 0, &unit, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_spdu_decode_unit(CONNECT, sizeof CONNECT, NULL, 1, 0, &unit, error_info()));
  STATUS(OSISESSION_E_LENGTH, osisession_spdu_decode(CONNECT, SIZE_MAX, NULL, 0, &spdu, error_info()));
  STATUS(OSISESSION_E_NULL,
         osisession_spdu_encode(NULL, NULL, 0, NULL, 0, NULL, 0, buffer, sizeof buffer, NULL, error_info()));
  STATUS(OSISESSION_E_INVALID,
         osisession_spdu_encode("XY", NULL, 0, NULL, 0, NULL, 0, buffer, sizeof buffer, NULL, error_info()));
  STATUS(OSISESSION_E_INVALID,
         osisession_spdu_encode("DN", NULL, 0, NULL, 0, NULL, 9, buffer, sizeof buffer, NULL, error_info()));
  STATUS(OSISESSION_E_NULL,
         osisession_spdu_encode("DN", NULL, 1, NULL, 0, NULL, 0, buffer, sizeof buffer, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_spdu_encode("DN", NULL, 0, NULL, 0, NULL, 0, NULL, 8, NULL, error_info()));
  STATUS(OSISESSION_E_LENGTH,
         osisession_spdu_encode("DN", &wrong, 1025, NULL, 0, NULL, 0, buffer, sizeof buffer, NULL, error_info()));
  wrong = value(300, 1, "a", 1);
  STATUS(OSISESSION_E_INVALID,
         osisession_spdu_encode("DN", &wrong, 1, NULL, 0, NULL, 0, buffer, sizeof buffer, NULL, error_info()));
}

int main(void)
{
  RUN(a_connect_and_its_parameters);
  RUN(where_values_stand);
  RUN(what_nobody_knows_is_read_too);
  RUN(order_of_processing);
  RUN(what_is_wrong_is_said);
  RUN(the_way_back);
  RUN(the_order_given_is_kept);
  RUN(what_fits_no_length_indicator);
  RUN(the_context_counts);
  RUN(misuse);
  return harness_end();
}
