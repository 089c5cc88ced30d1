// Where a matrix is singular the step is not finite and thrown away; nothing shall throw.
#define BOOST_UBLAS_NDEBUG 1

#include "stepper/odeint_rosenbrock4.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <boost/numeric/odeint/stepper/rosenbrock4.hpp>
#include <boost/numeric/odeint/stepper/rosenbrock4_controller.hpp>
#include <boost/numeric/ublas/matrix.hpp>
#include <boost/numeric/ublas/vector.hpp>

namespace neocol::solver {

namespace odeint = boost::numeric::odeint;
using Vector = boost::numeric::ublas::vector<double>;
using Matrix = boost::numeric::ublas::matrix<double>;

namespace {

/// Odeint's coefficients with the sign of `d4` put right: it is the sum of the fourth row of the
/// matrix (gamma_ij), as it stands in RODAS (Hairer and Wanner 1996); Boost 1.74 has it above 0,
/// and with that rates that depend on time lose the method's order.
struct Coefficients : odeint::default_rosenbrock_coefficients<double> {
    const double d4 = -0.3620000000000023e-01;
};
using Method = odeint::rosenbrock4<double, Coefficients>;

/// Odeint's controller, with what it remembers from step to step in the open.
struct Controller : odeint::rosenbrock4_controller<Method> {
    using rosenbrock4_controller::rosenbrock4_controller;
    void save(double* memory) const {
        memory[0] = m_first_step ? 1.0 : 0.0;
        memory[1] = m_err_old;
        memory[2] = m_dt_old;
        memory[3] = m_last_rejected ? 1.0 : 0.0;
    }
    double allowed(double before, double after) const {
        return m_atol + m_rtol * std::max(std::abs(before), std::abs(after));
    }
    /// Of the last try, from `before`: root mean square, and the largest entry.
    std::pair<double, std::size_t> judge(const double* before) const {
        double sum = 0.0, largest = -1.0;
        std::size_t worst = 0;
        for (std::size_t i = 0; i < m_xerr.m_v.size(); ++i) {
            const double ratio = std::abs(m_xerr.m_v[i]) / allowed(before[i], m_xnew.m_v[i]);
            sum += ratio * ratio;
            if (ratio > largest || !std::isfinite(ratio)) {
                worst = i;
                largest = std::isfinite(ratio) ? ratio : HUGE_VAL;
            }
        }
        return {std::sqrt(sum / static_cast<double>(m_xerr.m_v.size())), worst};
    }
    void load(const double* memory) {
        m_first_step = memory[0] > 0.0;
        m_err_old = memory[1];
        m_dt_old = memory[2];
        m_last_rejected = memory[3] > 0.0;
    }
};

}  // namespace

struct Rosenbrock4::Implementation {
    Rates rates;
    Jacobian jacobian;
    Controller controller;
    Vector u;
    std::pair<double, std::size_t> judged{0.0, 0};
};

Rosenbrock4::Rosenbrock4(std::size_t n, double tolerance, Rates rates, Jacobian jacobian)
    : implementation_(new Implementation{std::move(rates),
                                         std::move(jacobian),
                                         Controller(1e-3 * tolerance, tolerance),
                                         Vector(n),
                                         {0.0, 0}}) {}

Rosenbrock4::~Rosenbrock4() = default;

bool Rosenbrock4::try_step(double* u, double& t, double& h) {
    Implementation& self = *implementation_;
    std::copy_n(u, self.u.size(), self.u.begin());
    const auto rates = [&](const Vector& x, Vector& dxdt, double time) {
        self.rates(&x[0], time, &dxdt[0]);
    };
    const auto jacobian = [&](const Vector& x, Matrix& j, const double& time, Vector& dfdt) {
        self.jacobian(&x[0], time, &j(0, 0), &dfdt[0]);
    };
    const bool accepted =
        self.controller.try_step(std::make_pair(rates, jacobian), self.u, t, h) == odeint::success;
    self.judged = self.controller.judge(u);
    if (accepted) std::copy_n(self.u.begin(), self.u.size(), u);
    return accepted;
}

double Rosenbrock4::error() const {
    return implementation_->judged.first;
}
std::size_t Rosenbrock4::limiting() const {
    return implementation_->judged.second;
}

void Rosenbrock4::save(double* memory) const {
    implementation_->controller.save(memory);
}
void Rosenbrock4::load(const double* memory) {
    implementation_->controller.load(memory);
}

}  // namespace neocol::solver
