# pm_embed(<target> <namespace-symbol> FILES a b ...)
# Compiles text files into <target>: a header "<symbol>.h" with
#   std::span<const EmbeddedFile> <symbol>();   EmbeddedFile{std::string_view name, text}
# in the order given. The build tree holds the generated files; a change of a file rebuilds them.
function(pm_embed target symbol)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  set(cpp ${out}/${symbol}.cpp)
  add_custom_command(
    OUTPUT ${cpp} ${out}/${symbol}.h
    COMMAND ${CMAKE_COMMAND} -DSYMBOL=${symbol} -DOUT=${out} "-DFILES=${ARG_FILES}"
            -P ${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake
    DEPENDS ${ARG_FILES} ${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${cpp} ${out}/${symbol}.h)
  target_include_directories(${target} PUBLIC ${out})
endfunction()
