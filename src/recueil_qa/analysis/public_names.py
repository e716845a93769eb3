"""Acronyms and names of public services, which no dictionary has: they are no slips.

Folded, and reviewed by hand. A name that is a word besides is listed all the same.
"""

from __future__ import annotations

# The State, its agencies, schools and charters.
_STATE = """
acoss ademe afd afnor afpa agefiph anact anah anap ancols anct andra anfh anfr anlci anpe anru
anses ansm anssi antai ants apie aract arcep arcom ars asn asp bnf boamp bodacc bpi brgm cada ccfp
cemagref cerema certu cese cete cgedd cgefi cget cicat cimap cio circofi cisirh clous cmvrh cnaps
cnc cnda cned cnes cnesco cneser cnfpt cnil cnrs comedec comue copil coter cpge crous cstb cvec
dae daeu daf dares dasen datar dcpaf dcpj dcsp ddass ddcs ddcspp ddets ddetspp ddfip ddi ddpp ddsp
ddt ddtefp ddtm deets depafi depp dgac dgafp dgal dgccrf dgcis dgcl dgcs dgddi dge dgefp dgesco
dgfip dggn dgitm dgme dgos dgpn dgpr dgrh dgs dgse dgsi dgsip dgt dihal dila dilcrah dinsic dinum
dipj dir direccte diren dirm ditp dlpaj dmat dnid dpaf draaf drac drajes drass dreal drees dreets
drfip drieat drieets drihl drire drjscs drpp drsd drsp drtefp dsac dsaf dsden dsi dsin dsna dspap
dtpp dzpaf ecasc ehesp ena enac enact enap enass enfip enm enpc ens ensap ensosp ensp enssib ent
espe esr etalab fct ffpe fiphfp fncdg fonpel franceagrimer gie gip gpec gpeec greta hatvp hcere
hceres hcfp iae iep ifce ifremer ifse iga igas igen igesr igf ign igpde ihedn ihest inao incs ined
inet inpes inpi inra inrae inria inrs insee inserm inset insp inspe invs ira irsn irstea istc iufm
lolf meae medef mindef miprof miviludes mtes ocde oecd ofast ofb ofdt ofgl ofii ofpra onac onacvg
onerc onf oniam onisep opca opco opcvm oqtf orsec pams plf plfss ppcr raep rased rep rgaa rgpd
rgpp rgs rie rifseep rime rncp rnt sae safer sdat sdlp sdses sdsic segpa setra sgae sgami sgap
sgar sgcd sgdsn sgg sgmap shom sircom snum spib ssmsi stif tracfin ugap ulis utec vae vnf
"""
# Social protection, family, handicap, work.
_SOCIAL = """
aah accre acre adil aeeh agirc agospap ags ajpa ajpp alf als amexa ami anaem anesm apa apajh apec
apf apje apl arcco arpe arrco ase asf asi aspa ass assedic atmp avpf bmaf caf cafat cafdes
caferuis camieg camsp capssa carcdsf carmf carpimko carpv carsat cavec cavimac cavom cavp ccas
ccmsa ccss cdad cdaph cddi ceseda cesu cetaf cfe cgss chrs cias cidff cipav clas cleiss clic cmg
cmi cmp cmpp cmsa cmss cmu cmuc cnaf cnajep cnam cnamts cnape cnav cnavpl cnavts cnbf cnieg cnmss
cnp cnracl cnsa cog cpam cpef cpf cprpsncf cps cram cramif crds crpcen crpnpac csg css cssm cui
dads dmp dpae dsn duerp eaje eeap ehpad eme enim esat esms fastt fepem fipc fiva fjt fnal fnas
fnath fongecif fsl fsv geiq gevasche gevasco ijss inca ircantec ircem itep lmde macif mas mda mdph
mds mecs mfr mgefi mgen mgp mnh mnt msa msap mspp naf nir npai opcalia oppbtp pacea pai paje
pajemploi pasa pch plie pmi pmsmp ppae pps ptce puma rafp ram reaap rfp rmi rsa rsi saad sads
samsah savs secu sesam sessad siae siao smerep smic spasad srias ssiad tisf ucanss udaf udccas
ueros ugecam ugrm unaf unapei uncam unccas unedic uniopss urssaf usld zrr
"""
# Local government.
_LOCAL = """
adcf adf adgcf adil alsh amf amgvf amif amorce amrf anah anel anru aom apvf atsem bij brgm caue
cci ccid cctp cdac cdc cdg cdnps cdpenaf cej chsct cispd clae clspd cnas coderst codev codir copil
cotech crc cre crij crtc cst ctg ctp cucs ddrm dgcl dgfip dgst dicrim dob dpv drh dsp dsu epa epcc
epci epf epic epl ept eptb etpt fctva fdva fnau fncc fnccr fngir fpe fph fpic fpt fsu gart gemapi
gpv grc gru hlm laep mapa mjc msap opac opah oph padd pcaet pcs pdu pedt pel pesl petr pij plh plu
plui pmr pnru ppri pprn pprt qpv rgs rpe rsp scot sdem sdis semop siaep sictom sivom sivos sivu
smictom sndgct spanc spl sraddet sru tccfe teom tlpe udap umr usep zac zad zfe zus
"""
# Health, justice, safety.
_HEALTH_AND_JUSTICE = """
abm aed aemo afssaps agrasc anaes ansp aphm aphp arlin atih bac bpdj bspp caarud carpa ccam cclin
ccne cdad cdu cef cegidd cera cesc cglpl cgos chr chs chu clin clsm cme cmp codis corruss cpi cpom
cpts cra crip crpc crs crsa cruqpc csapa csst ctj cvs dacg dap disp dpip ehesp ehpa elsa enpjj
epei eprd fijais fijait fnaeg gav gcs ghm ght gign had has hcaam hcfea hcsp hdj hdt hpst iade
ibode idel ifsi iggn igj igpn inavem ivg jaf jap jld lfss maia mdr mecs mjd ngap nrbc nsis ondam
orsan pacs padhue paerpa pcpj piat pjj pmi pmsi pspg raid rpva saad sadjav sae saj samu sau sauj
sdes sdre sig smit smpr smur spdt spf spip srias srpj ssr stemo taj tass tci tgi uead uhsa uhsi
urml urps
"""
# Public management and its tools.
_MANAGEMENT = """
afaq amarc amo amoa bpco bsc cgi cmmi cms cnt codir cosui crm csat csp csu dmaic dpd dpo dsfr dsp
dui edi efqm erp falc faq foad gbcp ged gmao gpmc gta ide iso itil ivr kanban kpi kpis lsf moa moe
mooc nps ntic opsi pao pca pdca pgi pme pmo ppp pra pssi qcm qse qvct qvt raci rex rgesn rgi rps
rse rssi saas sav sifac siham sirh sla sms sphinx svi tic tpe url vpn wifi yammer
"""
# English-speaking countries.
_ENGLISH = """
acas ago ato caa cafcass cipd cipfa cma cqc cra csa dclg dcms defra dfe dfes dfid dft dhs dhsc
dluhc dmv doj dvla dvsa dwp esdc esfa fca fcdo fema gao gds gsa hhs hmcts hmg hmpo hmrc hse icb
ico ircc irs lga mhclg moj nao nesta nhs nist nsf ofcom ofgem ofqual ofsted ofwat omb ons opg opm
phe pmdu psni rnib ssa tfl tsa ukvi uscis usps
"""
_ORGANISATIONS = """
accenture action-logement adecco affelnet affluences ag2r agirc-arrco aidants-connect airbnb
alstom ameli android apogee aramis arkea arpege axa barclays bercy berger-levrault blablacar
bouygues bpifrance capgemini carrefour cassiopee cegedim centrelink cerfa cetelem chatgpt chorus
chronopost chronos ciril civil-net cnous colissimo copernic copilot crous darty deloitte
demarches-simplifiees docaposte doctissimo doctolib dropbox ebay edenred edf educonnect elior
elysee enedis engie eptica esirius eudonet europass eurostat facebook fnac fongecif france-renov
france-services france-travail france-visas franceagrimer franceconnect franceinter genesys
geoportail github gitlab gmail google grdf groupama harmonie helios humanis ikea impots-gouv
infogreffe instagram ipsos jobcentre keolis klesia kpmg la-banque-postale laposte leboncoin
legifrance libreoffice linkedin linky lumni macif maif malakoff mappy matignon matmut mediametrie
mediapost medicaid medicare microsoft moncompteformation mondial-relay monparcourshandicap mygov
natixis navigo netflix nextcloud odigo ofsted openai oracle orange outlook pajemploi parcoursup
pix pole-emploi powerpoint probtp pronote qmatic qualiopi qwant ratp rdv-service-public
rdv-solidarites renater renault salesforce samsung samu securite-sociale service-public sfr
sharepoint signalconso sirhen skype snapchat sncf sodexo synbird tchap teams telegram teletravail
tesco thales tiktok tousanticovid transdev transilien tripadvisor troov trustpilot twitter uber
usajobs velib veolia vinci vitale vivendi waze webex whatsapp wikipedia windows wordpress youtube
zendesk zoom
"""


def _folded(*lists: str) -> frozenset[str]:
    """Return the words of lists: a compound is typed as one word, or as its parts."""
    names = [name for listed in lists for name in listed.split()]
    parts = [part for name in names for part in name.split("-")]
    return frozenset([*parts, *(name.replace("-", "") for name in names)])


ACRONYMS = _folded(_STATE, _SOCIAL, _LOCAL, _HEALTH_AND_JUSTICE, _MANAGEMENT, _ENGLISH)
ORGANISATIONS = _folded(_ORGANISATIONS)
