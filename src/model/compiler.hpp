#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <neocol/core/document.hpp>
#include <neocol/model/model.hpp>

#include "context.hpp"
#include "symbols.hpp"
#include "syntax.hpp"

namespace neocol::model {

/// An expression lowered to the graph, with its dimension.
struct Typed {
    NodeId node = no_node;
    std::vector<NodeId> tensor;  ///< xx, yy, zz, xy, xz, yz; empty: a number
    Dimension dimension;
    std::string unit;       ///< as messages show it
    bool any_unit = false;  ///< a bare 0
    bool valid = true;      ///< false: a fault inside was reported, no more about it
};

/// Translates expressions into the graph of a model: one walk over the tree resolves names, checks
/// dimensions and lowers. Faults go to the diagnostics, all of them.
class Compiler {
public:
    Compiler(Model& model, Diagnostics& diagnostics)
        : model_(model), diagnostics_(diagnostics), symbols_(diagnostics) {}

    SymbolTable& symbols() { return symbols_; }

    /// Reads and compiles the expression in `source` (a string, or a number).
    Typed compile(const DocumentNode& source, const Context& context);
    /// The same where a symmetric tensor may stand too.
    Typed compile_any(const DocumentNode& source, const Context& context);
    /// Compiles functions that nothing uses, so that their faults are found too.
    void check_unused_functions();

    /// 1 where a switch (index into Model::parameters) stands at one of the options, else 0.
    NodeId is_at(int parameter, const std::vector<bool>& options);
    /// Index of an input of the model, added if new.
    int input(Input::Kind kind, int index, const std::string& name);
    /// Text of a dimension for messages.
    std::string unit_text(const Dimension& dimension) const;
    /// Both units in base units; empty if they are shown so already.
    std::string base_units(const Typed& a, const Typed& b) const;

private:
    using Bindings = std::map<std::string, Typed>;
    /// The text and the meaning of names while one expression is compiled.
    struct Frame {
        const DocumentNode& source;
        const Context& context;
        const Bindings* bindings = nullptr;
        const FunctionDefinition* function = nullptr;
    };

    Model& model_;
    Diagnostics& diagnostics_;
    SymbolTable symbols_;
    std::map<std::tuple<Input::Kind, int, std::string>, int> inputs_;
    std::vector<int> call_stack_;
    int depth_ = 0;             ///< of the expression being compiled, functions put in
    std::size_t n_parts_ = 0;   ///< visited so far
    bool is_too_much_ = false;  ///< a limit was passed and reported
    std::string user_;  ///< key path of the expression being compiled, for faults in functions
    using FunctionKey = std::pair<int, decltype(std::declval<Context>().key())>;
    std::map<FunctionKey, Typed> compiled_functions_;

    Typed fault(const Frame& frame, const syntax::Expression& at, std::string message,
                std::string help = {});
    std::string text_of(const Frame& frame, const syntax::Expression& expression) const;
    std::string describe(const Frame& frame, const syntax::Expression& expression,
                         const Typed& typed) const;
    Typed make(NodeId node, Dimension dimension) const;
    Typed number(double value) const;
    /// Stands for an expression whose fault was reported.
    Typed invalid_value() const;

    Typed visit(const Frame& frame, const syntax::Expression& expression);
    Typed visit_quantity(const Frame& frame, const syntax::Expression& expression);
    /// One part of an expression, within the limits of text_limits.
    Typed visit_part(const Frame& frame, const syntax::Expression& expression);
    Typed visit_chain(const Frame& frame, const syntax::Expression& expression);
    Typed visit_sum(const Frame& frame, const syntax::Expression& expression, const Typed& a,
                    const Typed& b);
    Typed visit_product(const Frame& frame, const syntax::Expression& expression, const Typed& a,
                        const Typed& b);
    std::optional<Dimension> product_dimension(const Frame& frame,
                                               const syntax::Expression& expression, const Typed& a,
                                               const Typed& b);
    std::optional<Dimension> power_dimension(const Frame& frame, const syntax::Expression& at,
                                             const syntax::Expression& base, const Typed& x,
                                             double n);
    Typed visit_power(const Frame& frame, const syntax::Expression& expression);

    Typed visit_name(const Frame& frame, const syntax::Expression& expression);
    std::optional<Typed> built_in_name(const Frame& frame, const syntax::Expression& expression);
    Typed symbol_value(const Frame& frame, const syntax::Expression& expression,
                       const Symbol& symbol);
    Typed species_value(const Frame& frame, const syntax::Expression& expression, int species);
    Typed unknown_name(const Frame& frame, const syntax::Expression& expression, bool is_call);
    std::vector<std::string> known_names(const Frame& frame, bool calls) const;

    Typed visit_call(const Frame& frame, const syntax::Expression& expression);
    Typed call_rest(const Frame& frame, const syntax::Expression& expression);
    Typed call_thickness(const Frame& frame, const syntax::Expression& expression);
    Typed call_integral(const Frame& frame, const syntax::Expression& expression);
    Typed tensor_value(const Frame& frame, const syntax::Expression& expression, int tensor);
    Typed call_tensor(const Frame& frame, const syntax::Expression& expression);
    Typed call_along(const Frame& frame, const syntax::Expression& expression);
    Typed call_component(const Frame& frame, const syntax::Expression& expression);
    Typed call_contract(const Frame& frame, const syntax::Expression& expression);
    /// A fault where a number is due and a tensor stands.
    bool is_number(const Frame& frame, const syntax::Expression& expression, const Typed& value,
                   const std::string& what);
    /// The same for a tensor.
    bool is_tensor(const Frame& frame, const syntax::Expression& expression, const Typed& value,
                   const std::string& what);

    Typed call_is(const Frame& frame, const syntax::Expression& expression);
    Typed call_choose(const Frame& frame, const syntax::Expression& expression);
    int switch_of(const Frame& frame, const syntax::Expression& expression);
    std::optional<std::size_t> option_of(const Frame& frame, int parameter,
                                         const syntax::Expression& at, const std::string& name);
    Typed call_function(const Frame& frame, const syntax::Expression& expression, int function);
    Typed call_elementary(const Frame& frame, const syntax::Expression& expression, const Typed& a);
    Typed call_several(const Frame& frame, const syntax::Expression& expression,
                       const std::vector<Typed>& values);
    bool check_count(const Frame& frame, const syntax::Expression& expression, std::size_t due,
                     std::string_view usage);
    bool check_labels(const Frame& frame, const syntax::Expression& expression);
    /// Fault unless both have one dimension; the dimension they share.
    bool same_dimension(const Frame& frame, const syntax::Expression& left, const Typed& a,
                        const syntax::Expression& right, const Typed& b, std::string_view verb);
    bool dimensionless(const Frame& frame, const syntax::Expression& expression, const Typed& value,
                       const std::string& what);
};

}  // namespace neocol::model
