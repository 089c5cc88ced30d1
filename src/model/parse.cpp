#include <neocol/model/parse.hpp>

#include <utility>
#include <vector>

#include <neocol/core/document.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/model/check.hpp>

#include "losses.hpp"
#include "parse_document.hpp"
#include "read_model.hpp"
#include "static_values.hpp"
#include "systems.hpp"

namespace neocol::model {

Model parse_model(std::string text, std::string path) {
    return parse_document(Document::parse_parts(std::move(text), std::move(path)), Functions::all);
}

Model parse_document(const Document& document, Functions functions) {
    Model model;
    model.text = document.text();
    model.hash = sha256_hex(model.text).substr(0, 24);
    Diagnostics diagnostics;
    read_model(document, model, diagnostics, functions);
    order_static_values(model, document, diagnostics);
    set_default_scales(model, document, diagnostics);
    set_tensor_scales(model, document, diagnostics);
    diagnostics.throw_if_any();
    try {
        build_systems(model);
    } catch (const InputError& error) {
        Diagnostic fault = error.diagnostics.front();
        fault.at.path = document.path();
        throw InputError({std::move(fault)});
    }
    check_losses(model, document, diagnostics);
    diagnostics.throw_if_any();
    const std::vector<Interval> ranges = value_ranges(model);
    for (Observable& observable : model.observables)
        observable.is_non_negative = ranges[static_cast<std::size_t>(observable.value)].low >= 0.0;
    return model;
}

}  // namespace neocol::model
