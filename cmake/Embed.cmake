# pm_embed(<target> <namespace-symbol> FILES a b ...)
# Compiles files into <target>: a header "<symbol>.h" with
#   std::span<const EmbeddedFile> <symbol>();   EmbeddedFile{std::string_view name, text}
# in the order given. The build tree holds the generated files; a change of a file rebuilds them.
function(pm_embed target symbol)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  pm_embed_command(${target} ${symbol} "-DFILES=${ARG_FILES}" ${ARG_FILES})
endfunction()

# pm_embed_folder(<target> <namespace-symbol> <folder> DEPENDS a b ...)
# The same for all files of a folder that another command fills, whose names are not known before it
# has run: a name is the path inside the folder. They are embedded anew when one of DEPENDS changes.
function(pm_embed_folder target symbol folder)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  pm_embed_command(${target} ${symbol} "-DFOLDER=${folder}" ${ARG_DEPENDS})
endfunction()

function(pm_embed_command target symbol what)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  set(cpp ${out}/${symbol}.cpp)
  add_custom_command(
    OUTPUT ${cpp} ${out}/${symbol}.h
    COMMAND ${CMAKE_COMMAND} -DSYMBOL=${symbol} -DOUT=${out} "${what}"
            -P ${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake
    DEPENDS ${ARGN} ${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${cpp} ${out}/${symbol}.h)
  target_include_directories(${target} PUBLIC ${out})
endfunction()
