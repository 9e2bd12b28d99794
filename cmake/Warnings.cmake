# pm_library(<folder> sources...): the library of one folder. Its headers are included as
# "<folder>/x.h" through a directory that holds this folder alone, so only a target that links the
# library can include them: the arrows of design.md are a matter of what compiles.
function(pm_library name)
  add_library(${name} STATIC ${ARGN})
  pm_target(${name})
  set(view ${PROJECT_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${view}/${name} SYMBOLIC)
  target_include_directories(${name} PUBLIC ${view})
endfunction()

# Every target of this project is built with these; a warning stops the build.

function(pm_target name)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 sees an overlap in std::string's own operator+ when it is optimized (GCC bug 105651).
    target_compile_options(${name} PRIVATE -Wno-restrict)
  endif()
  if(PM_SANITIZE)
    target_compile_options(${name} PUBLIC -fsanitize=${PM_SANITIZE} -fno-omit-frame-pointer
                                          -fno-sanitize-recover=all)
    target_link_options(${name} PUBLIC -fsanitize=${PM_SANITIZE})
    if(PM_SANITIZE MATCHES "thread")
      # GCC warns that TSan does not model fences; the code here uses none, its libraries may.
      target_compile_options(${name} PRIVATE -Wno-tsan)
    endif()
  endif()
endfunction()
