# Writes OUTPUT with version and commit, only if they changed. Run at every build, so that the
# commit is never stale: cmake -DSOURCE=... -DVERSION=... -DOUTPUT=... -P version.cmake
set(revision "unknown")
find_program(GIT git)
if(GIT)
    execute_process(COMMAND ${GIT} rev-parse --show-toplevel WORKING_DIRECTORY ${SOURCE}
                    OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    get_filename_component(top "${top}" REALPATH)
    get_filename_component(source "${SOURCE}" REALPATH)
    # A copy unpacked inside somebody else's checkout has no commit of its own.
    if(top STREQUAL source)
        execute_process(COMMAND ${GIT} rev-parse --short=12 HEAD WORKING_DIRECTORY ${SOURCE}
                        RESULT_VARIABLE failed OUTPUT_VARIABLE commit
                        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
        if(NOT failed)
            execute_process(COMMAND ${GIT} diff-index --quiet HEAD -- WORKING_DIRECTORY ${SOURCE}
                            RESULT_VARIABLE modified OUTPUT_QUIET ERROR_QUIET)
            set(revision "${commit}")
            if(modified)
                string(APPEND revision "+")
            endif()
        endif()
    endif()
endif()
set(content "#define NEOCOL_VERSION \"${VERSION}\"\n#define NEOCOL_GIT_REVISION \"${revision}\"\n")
set(present "")
if(EXISTS ${OUTPUT})
    file(READ ${OUTPUT} present)
endif()
if(NOT present STREQUAL content)
    file(WRITE ${OUTPUT} "${content}")
endif()
