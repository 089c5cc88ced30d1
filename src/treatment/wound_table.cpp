#include <utility>

#include <neocol/treatment/wound.hpp>

namespace neocol::treatment {

namespace {

/// Shapes that files can name: all but channels, which devices make.
constexpr std::size_t n_shapes = std::variant_size_v<Wound> - 1;
template <std::size_t I>
using ShapeAt = WoundShape<std::variant_alternative_t<I + 1, Wound>>;

template <typename Shape>
constexpr auto keys_of = [] {
    std::array<Key, Shape::sizes.size()> list{};
    for (std::size_t i = 0; i < list.size(); ++i)
        list[i] = Shape::sizes[i].key;
    return list;
}();

template <std::size_t... I>
constexpr std::array<Variant, n_shapes> variants_of(std::index_sequence<I...>) {
    return {Variant{ShapeAt<I>::name, keys_of<ShapeAt<I>>}...};
}
constexpr auto variants = variants_of(std::make_index_sequence<n_shapes>());

template <std::size_t... I>
constexpr std::array<std::string_view, n_shapes> meanings_of(std::index_sequence<I...>) {
    return {ShapeAt<I>::meaning...};
}
constexpr auto meanings = meanings_of(std::make_index_sequence<n_shapes>());

constexpr Choices shapes{n_shapes, [](std::size_t i) { return variants[i].value; },
                         [](std::size_t i) { return meanings[i]; }};
constexpr auto wound_keys = std::to_array<Key>(
    {keys::choice("shape", "wound shape", "what kind of wound it is", shapes).required()});

}  // namespace

constinit const Table wound_table{.meaning = "A wound in place of a device's channels",
                                  .keys = wound_keys,
                                  .by = "shape",
                                  .variants = variants};

}  // namespace neocol::treatment
