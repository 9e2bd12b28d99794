# Run at install time: makes the portmanager.toml of the package from ${SOURCE}, by way of ${SCRATCH},
# and installs it. It is the project's own, every line a comment, with a beginning that fits the
# service.
file(READ ${SOURCE} text)
string(FIND "${text}" "# Each option is also a flag" start)
if(start EQUAL -1)
  message(FATAL_ERROR "${SOURCE} does not begin as packaging/installed_config.cmake expects")
endif()
string(SUBSTRING "${text}" ${start} -1 text)
string(PREPEND text
  "# Every option of portmanager.service, with its default where it has one. Nothing here is needed: a\n"
  "# line counts only when its leading \"# \" is taken away. After a change:\n"
  "#\n"
  "#   systemctl restart portmanager\n"
  "#\n"
  "# The service gives data-dir itself: /var/lib/portmanager. A value that is not as it should be stops\n"
  "# the start; journalctl -u portmanager says why.\n"
  "#\n")
file(WRITE ${SCRATCH}/portmanager.toml "${text}")

# The system's /etc is not below /usr; another prefix has one of its own.
string(REGEX REPLACE "/usr$" "" root "${CMAKE_INSTALL_PREFIX}")
file(INSTALL ${SCRATCH}/portmanager.toml DESTINATION ${root}/etc/portmanager)
