# pm_npm_ci(<variable>)
# Installs what package-lock.json of the current folder names, when that changes. Sets <variable> to
# the file that the commands which need the packages depend on, and NPM to the program.
function(pm_npm_ci variable)
  find_program(NPM npm)
  if(NOT NPM)
    message(FATAL_ERROR "npm is missing; the pages are built with it. Debian: apt-get install nodejs npm")
  endif()
  # npm's own mark of a finished installation. It is beside the sources, where the compiler, the tests
  # and an editor look for packages, and serves every build tree.
  set(installed ${CMAKE_CURRENT_SOURCE_DIR}/node_modules/.package-lock.json)
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME folder)
  add_custom_command(
    OUTPUT ${installed}
    COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
    DEPENDS package.json package-lock.json
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
    COMMENT "Installing the packages of ${folder}"
    VERBATIM)
  set(${variable} ${installed} PARENT_SCOPE)
endfunction()
