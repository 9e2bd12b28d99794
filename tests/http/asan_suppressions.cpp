// Read by AddressSanitizer at the start of http_test; unused without it.

extern "C" const char* __asan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)

extern "C" const char* __asan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  // With strict_string_checks, strtol may be given terminated text only. Pistache gives it a
  // chunk's size in the middle of its buffer, having seen the CRLF at which it stops.
  return "interceptor_via_lib:libpistache\n";
}
