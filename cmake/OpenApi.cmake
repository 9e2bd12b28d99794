# pm_openapi(<target> <folder>): compiles the OpenAPI document that the files in the folder make into
# <target>, as pm_embed(<target> openapi) does.

# Debian's own Python, which has the YAML package; another one may be in front of it in the path.
set(PM_PYTHON /usr/bin/python3 CACHE FILEPATH "Python with PyYAML")

function(pm_openapi target folder)
  file(GLOB_RECURSE parts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*)
  set(bundle ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/bundle.py)
  set(document ${CMAKE_CURRENT_BINARY_DIR}/openapi.json)
  add_custom_command(
    OUTPUT ${document}
    COMMAND ${PM_PYTHON} ${bundle} --version ${PROJECT_VERSION} --out ${document}
    DEPENDS ${parts}
    VERBATIM)
  pm_embed(${target} openapi FILES ${document})
endfunction()
