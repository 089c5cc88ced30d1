#pragma once

/// Compiles a function for several instruction sets and picks the best one at run time.
///
/// Contraction to fused multiply-add is off in the whole project, so every clone gives the same
/// bits. Sanitizers run before the resolvers can, so they get the plain function.
#if defined(__x86_64__) && defined(__ELF__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(NEOCOL_NO_CLONES)
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NEOCOL_CLONES
#endif
#endif
#ifndef NEOCOL_CLONES
#define NEOCOL_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
#else
#define NEOCOL_CLONES
#endif
