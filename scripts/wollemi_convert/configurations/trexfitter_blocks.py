"""The text of a TRExFitter configuration as blocks, and the keys that change no fit."""

import re

from wollemi_convert.configurations.notes import Block, Notes

_LISTS = re.compile(
    "Binning|Exclude|ExcludeRegionSample|FitRegion|FixNPs|NPValues|NormFactor|POI|POIAsimov|Rebinning"
    "|Regions|Samples|ShapeFactor|Variable|doLHscan|((Histo|Ntuple)(Path|File|Name).*)"
)
_COSMETIC = """AllowWrongRegionSample AtlasLabel BinLabels BinWidth BinnedLikelihoodOptimization
    BuildPullTable Category CleanTables CmeLabel CorrelationThreshold DebugLevel DoMergedPlot
    DoPieChartPlot DoSignalRegionsPlot DoSummaryPlot DoSystNormalizationPlots DoTables FillColor
    FillColorRGB FitStrategy GetChi2 GetGoodnessOfFit Group HEPDataFormat HideNP HistoChecks
    ImageFormat IntCodeOverall IntCodeShape IsCorrelated KeepPruning KeepPrefitBlindedBins Label
    LabelX LabelXMerge LabelXSummary LabelY LabelYMerge LabelYSummary LegendNColumns
    LegendNColumnsMerge LegendNColumnsSummary LegendX1 LegendX1Merge LegendX1Summary LegendX2
    LegendX2Merge LegendX2Summary LegendY LegendYMerge LegendYSummary LineColor LineColorRGB
    LogScale Logo LumiLabel MergeCanvasSize NPRankingCanvasSize NumCPU OutputDir OutputPrefixName
    POIPrecision POIUnit ParamName ParamValue PieChartCanvasSize PlotOptions PlotOptionsSummary
    PrePostFitCanvasSize RankingMaxNP RankingPOIName RankingPlot RatioType RatioYmax
    RatioYmaxPostFit RatioYmin RatioYminPostFit RatioYtitle RegionGroups ReorderNPs SaturatedModel
    SaveSuffix SetRandomInitialNPval SetRandomInitialNPvalSeed ShortLabel ShowValidationPruning
    SignalRegionsPlot SplitHistoFiles StoredName SubCategory Suffix SummaryCanvasSize
    SummaryErrorbars SummaryLogY SummaryPlotLabels SummaryPlotRegions SummaryPlotValidationLabels
    SummaryPlotValidationRegions SummaryPlotYmax SummaryPlotYmin SummaryPrefix
    SuppressNegativeBinWarnings SystCategoryTables SystControlPlots SystDataPlots SystErrorBars
    TableOptions TemplateInterpolationOption TexLabel TexTitle Title UseATLASRounding
    UseATLASRoundingTex UseATLASRoundingTxt UseGammaPulls UseGammasForCorr UseHesseBeforeMigrad
    UseMinos UsePOISinRanking VariableTitle XaxisRange YaxisTitle YmaxScale Ymax Ymin"""
# Looks, files, and the precision of its own numbers or bands before the fit.
COSMETIC = {*_COSMETIC.split()}
# TRExFitter reads these for one kind of input only.
_ENDS = ("", "s", "Suff", "Suffs", "Up", "Down", "SufUp", "SufDown", "sUp", "sDown")
OF_EVENTS, OF_HISTOGRAMS = (
    {f"{kind}{part}{end}" for part in ("Path", "File", "Name") for end in _ENDS}
    for kind in ("Ntuple", "Histo")
)
OF_EVENTS |= {"MCweight", "Selection", "Variable"}
OF_EVENTS |= {f"Weight{end}" for end in ("Up", "Down", "SufUp", "SufDown")}
OF_HISTOGRAMS.add("HistoNameNominal")
REASONS = {
    "SystLarge": "systematics above it are removed there",
    "SystPruning.*|PruningType|PruningShapeOption": "pruning differs",
    "SeparateGammas|CorrelateGammas.*": "here one factor per bin is shared by all samples",
    "Tau": "is a constraint of the factor there; see model.regularization",
    "Add.*|Asimov.*|.*DropBins|Custom.*|DivideBy|Ignore.*|.*ForSample|LumiScales?|MCstatScale|"
    "MultiplyBy|NormToSample|ScaleSamplesToData|Smooth|Subtract.*|MaxNtupleEvents|RandomizeMC|"
    "PoissonizeData": "CHANGES THE EVENTS there and not here; correct datasets or samples",
    ".*[Bb]lind.*": "blinds there and not here; see the section blinding",
}


def read_blocks(notes: Notes, text: str) -> dict[str, list[Block]]:
    """Kind → blocks, in their order.

    Args:
        notes: Notes to add to.
        text: Text of the configuration.
    """
    found: dict[str, list[Block]] = {}
    inside: list[Block] = []
    for line in text.replace("\t", " ").splitlines():
        if line.lstrip().startswith("%"):
            continue
        key, _, rest = (part.strip() for part in line.partition(":"))
        match = re.match(r'(?:"[^"]*"|[^%#"])*', rest)  # a comment starts outside of quotes
        values = split(match[0] if match else "", ";") or [""]
        if not key:
            inside = []
        elif not inside:  # a block for each of several names
            inside = [Block(notes, key, unquoted(value), {}) for value in values]
            found.setdefault(key, []).extend(inside)
        else:
            for number, block in enumerate(inside):
                value = values[min(number, len(values) - 1)]
                parts = [unquoted(part) for part in split(value)]
                block.options[key] = parts if _LISTS.fullmatch(key) else unquoted(value)
    return found


def split(text: str, mark: str = ",") -> list[str]:
    """Parts of a text between marks outside of quotes."""
    parts = re.findall(rf'(?:"[^"]*"|[^{mark}"])+', text)
    return [part.strip() for part in parts if part.strip()]


def unquoted(text: str) -> str:
    """A text without quotes and outer spaces."""
    return text.replace('"', " ").strip()


def numbers(texts: list[str]) -> dict[str, float]:
    """Parameter → value, of texts such as `alpha_JES:1`; of `1` the parameter is empty."""
    pairs = (text.rpartition(":") for text in texts)
    return {name.removeprefix("alpha_"): float(value) for name, _, value in pairs}
