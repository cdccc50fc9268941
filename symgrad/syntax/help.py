"""The whole syntax on one screen. Every line of the page that shows an input is read in a test."""

# ruff: noqa: E501  a line of the page is as wide as the screen, and longer in the source

_PAGE = """\
How to write a formula                                                        symgrad help functions: all functions
  numbers      3   0.25   1e-3   (decimals stay exact; 3,5 with the decimal comma option, then arguments take ;)
  names        x   theta   θ   x1   x_1   x₁   w_ij   yhat   x_max        e and pi (π) are constants, i is asked for
  + − * / ^    2x   3xy   2π r   x^2   x**2   x²   x^(1/3)   x^-1   (x+1)(x-1)   5!   30°
  brackets     (x)   |x-1|   ||x|-1|   ⌊x⌋   ⌈x⌉   √x   √(x+1)   ∛x
  functions    sin(x)   sin x   sin 2x   ln x   sin^2 x   sin²x   tan^-1 x (arctan)   exp x   sqrt(x)   cbrt(x)
               max(x, 0)   abs(x)   sigmoid(x)   relu(x)   floor(x)   atan2(y, x)   x mod 2   binomial(n, 2)
  logarithms   ln x   log x (natural; the option log changes it)   log_2 x   log(x, 2)   lg x (base 10)
  cases        {x^2 if x > 0; 0 otherwise}   Piecewise((x^2, x > 0), (0, True))
  sums         sum(k^2, k=1..n)   sum((x[i+1] - x[i]^2)^2, i=1..n-1)   ∑_{k=1}^n k^2   product(k, k=1..n)
  calculus     f'(x)   d/dx (x^2)   d^2/dx^2 (x^3)   dy/dx   diff(x^2, x)   integral(x^2, x, 0, 1)   ∫_0^1 x^2 dx
               limit(sin(x)/x, x, 0)                                      these stay as they are until asked
  equations    x^2 + y^2 = 25   y' = 2xy         where an equation is welcome (implicit derivatives)
  matrices     |X w - y| where X: matrix(n, d), w: vector(d), y: vector(n)   w^T x   tr(X)   det(X)   norm(x)
  LaTeX        --syntax latex: \\frac12 x   \\sqrt[3]{x}   \\sin^2 x   \\left|x\\right|   e^{-x}   \\frac{d}{dx} x^2
               \\sum_{k=1}^n x_k   \\int_0^1 x\\,dx   \\operatorname{sech} x   \\begin{cases} x & x>0 \\\\ 0 & x<0 \\end{cases}
Two readings? symgrad takes the first and tells:
  1/2x  is (1/2)x, a fraction of numbers is a coefficient    a/b c  is a/(b c)    2^3^2  is 2^(3^2)    e^2x  is (e^2)x
  sin x^2  is sin(x^2)     sin x cos x  is sin(x) cos(x)     sin xy  is sin(xy)     sin x/2  is sin(x)/2
  xy  is x·y (short words only; others are refused: declare them as variables)     x(x+1)  is a product
  f(x)  is a function for f g h F G H φ ψ, and y(x) for u v w x y z r s of one variable     f*(x)  is a product
Not read: = as assignment, %, //, quotes, dots between names, 1,000, 2 3, sin+1, foo(x). Nothing is ever executed.
"""


def help_page() -> str:
    """The page that `symgrad help syntax` prints.

    >>> print(help_page().splitlines()[0][:22])
    How to write a formula
    """
    return _PAGE
