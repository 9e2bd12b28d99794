# Run at install time: has ${PROGRAM} write its manual page and its completions, by way of ${SCRATCH},
# and installs them. The program is asked because it makes them from its own commands.
function(install_written destination file)
  file(MAKE_DIRECTORY ${SCRATCH})
  execute_process(COMMAND ${PROGRAM} ${ARGN} OUTPUT_FILE ${SCRATCH}/${file} ERROR_QUIET
                  RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(STATUS "No ${file}: ${PROGRAM} does not write it")
    return()
  endif()
  if(destination STREQUAL "share/man/man1")
    execute_process(COMMAND gzip -9nf ${SCRATCH}/${file} COMMAND_ERROR_IS_FATAL ANY)
    string(APPEND file ".gz")
  endif()
  file(INSTALL ${SCRATCH}/${file} DESTINATION ${CMAKE_INSTALL_PREFIX}/${destination})
endfunction()

install_written(share/man/man1 portmanager.1 help --man)
install_written(share/bash-completion/completions portmanager completion bash)
install_written(share/zsh/vendor-completions _portmanager completion zsh)
install_written(share/fish/vendor_completions.d portmanager.fish completion fish)
