/** For the type checker: what the browser gets under this name is the package's own file. */
import uPlot from "uplot";

export default uPlot;
